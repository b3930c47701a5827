/** JSON with the keys of every object in code-point order and `undefined` members left out: equal values give equal text. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    const sorted: Record<string, unknown> = {}
    for (const key of Object.keys(inner).sort()) {
      Object.defineProperty(sorted, key, { value: Reflect.get(inner, key), enumerable: true, configurable: true })
    }
    return sorted
  })
}

/** Whether the two say the same, whatever the order of their keys; quick where that is the same too. */
export function isSameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other) || stableJson(one) === stableJson(other)
}
