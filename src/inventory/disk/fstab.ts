/** A file system that `/etc/fstab` mounts. (fstab(5)) */
export interface FstabEntry {
  /** `UUID=…`, `LABEL=…`, `PARTUUID=…`, `PARTLABEL=…` or a path below `/dev`. */
  readonly spec: string
  /** Without leading or trailing slashes; empty for the root. */
  readonly path: string
  readonly type: string
}

/** More mounts than these are no machine's. */
const MOST_ENTRIES = 1000

/** The entries that mount at a path below the root, in order; lines that cannot be read are left out, as `mount -a` does. */
export function parseFstab(text: string): readonly FstabEntry[] {
  const entries: FstabEntry[] = []
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/[ \t]+/, 4)
    const [spec, target, type] = fields
    if (spec === undefined || spec.startsWith('#') || target === undefined || type === undefined) continue
    const path = unescape(target)
    if (!path.startsWith('/') || path.split('/').includes('..')) continue
    const parts = path.split('/').filter(part => part !== '' && part !== '.')
    entries.push({ spec: unescape(spec.replace(/^([A-Z]+=)"(.*)"$/, '$1$2')), path: parts.join('/'), type })
    if (entries.length === MOST_ENTRIES) break
  }
  return entries
}

/** Blanks and backslashes are written as three octal digits. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
