/** Whether this can be `group:artifact`. (Maven, coordinates: letters, digits, `-`, `_` and `.`) */
export function isCoordinates(text: string): boolean {
  return text.length <= 512 && /^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+$/.test(text)
}
