/** Largest `/proc/<pid>/maps` in characters that is read; some databases map a hundred thousand files. */
export const PROC_MAPS_LIMIT = 32 * 1024 * 1024

const MOST_PATH_CHARACTERS = 4_096
const MOST_FIELD_CHARACTERS = 128
/** Memory that looks like a file: shared segments, anonymous files, devices. (proc(5), memfd_create(2)) */
const NO_FILES = /^(?:SYSV|memfd:|dev\/|anon_hugepage|\[)/

/**
 * Files that a process has mapped, from `/proc/<pid>/maps`: address, rights, offset, device, inode, path. Without leading
 * slash and without the mark of a deleted file: what was replaced by an upgrade still runs. Calls `found` for each line,
 * also again for one path.
 */
export function readProcMaps(text: string, found: (path: string) => void): void {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    // The fields before the path have no slash, and never are this long. Looked for in the line alone: a text without
    // any slash would be searched to its end again for each line.
    const at = text.slice(start, Math.min(end, start + MOST_FIELD_CHARACTERS)).indexOf('/')
    const slash = start + at
    if (at >= 0 && end - slash <= MOST_PATH_CHARACTERS) {
      const path = pathOfLink(text.slice(slash, end))
      if (path !== null) found(path)
    }
    start = end + 1
  }
}

/** A path as the kernel shows it in a link or a map: no leading slash, no mark of a deleted file; `null` for what is no file. */
export function pathOfLink(shown: string): string | null {
  if (!shown.startsWith('/') || shown.length > MOST_PATH_CHARACTERS) return null
  const path = shown.replace(/^\/+/, '').replace(/ \(deleted\)$/, '')
  // Line feeds are written as \012; a NUL never is in a path.
  return path === '' || path.includes('\0') || NO_FILES.test(path) ? null : path
}
