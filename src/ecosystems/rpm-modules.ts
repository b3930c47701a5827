/** `redis:6` of the label `redis:6:8100020250113083959:489197e6` that builds of modules carry. */
export function moduleOfLabel(label: string): string {
  return label.split(':', 2).join(':').slice(0, 200)
}

/** `python36:3.6` of `pkg:rpmmod/redhat/python36@3.6:8040020241213073301:9bf6f064`, how documents put a module around packages. */
export function moduleOfPurl(purl: string | null): string | null {
  const [, name, stream] = /^pkg:rpmmod\/redhat\/([^@?#]+)@([^?#]+)/.exec(purl ?? '') ?? []
  return name === undefined ? null : moduleOfLabel(`${decoded(name)}:${decoded(stream ?? '')}`)
}

/** The text as it is, where it is not encoded as it should be. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
