/**
 * Makes text from images, registries and feeds harmless on a terminal: control characters (escape sequences among them),
 * bidirectional overrides and line separators become `\u….` escapes. Line breaks inside a cell would break the table.
 */
export function plainText(text: string): string {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
