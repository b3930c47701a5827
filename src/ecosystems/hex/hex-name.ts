/** `name`, or `organization/name` for packages of a private repository. (hex.pm docs, publish; purl specification, hex) */
export function isHexName(text: string): boolean {
  return /^(?:[\w.:-]{1,128}\/)?[a-z][a-z0-9_]{0,127}$/.test(text)
}
