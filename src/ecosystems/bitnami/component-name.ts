/** Whether this can be the name of a component of Bitnami. (purl specification, bitnami) */
export function isComponentName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+-]{0,255}$/.test(text)
}
