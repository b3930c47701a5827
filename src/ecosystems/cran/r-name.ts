/** Whether this can be the name of an R package. (Writing R Extensions, DESCRIPTION, `Package`) */
export function isRName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9.]{0,127}$/.test(text)
}
