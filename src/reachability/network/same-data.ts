/** Equal as data: what is made of primitives, lists and plain objects. */
export function isSameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  // Their fields are read as what they are: unknown.
  const [fieldsA, fieldsB] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return keys.every(key => Object.hasOwn(b, key) && isSameData(fieldsA[key], fieldsB[key]))
}
