/** Text as PostgreSQL can hold it: NUL and lone surrogates, which only hostile names carry, become U+FFFD. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

/**
 * Characters of a sortable column that are stored. Index entries must stay under 2,704 bytes, whatever a feed or an
 * image says; real values are far shorter.
 */
const KEY_LENGTH = 512

/** Text for an indexed column, cut to a length that every index takes. */
export function storableKey(text: string): string {
  return storable(text.length > KEY_LENGTH ? text.slice(0, KEY_LENGTH) : text)
}

/** The object with each key and value storable. */
export function storableTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [storable(key), storable(value)]))
}
