import { parseInstant } from '../../base/clock.ts'
import type { Instant } from '../../base/clock.ts'

/** One DSA or DLA. (`data/DSA/list` and `data/DLA/list` of the tracker's repository) */
export interface Notice {
  readonly id: string
  readonly published: Instant | null
  /** `xen - security update` */
  readonly title: string
  readonly cves: readonly string[]
  readonly fixes: readonly { readonly codename: string; readonly sourcePackage: string; readonly version: string }[]
}

/** Bounds of one list; DSA/list has some 6,000 notices. (observed) */
const NOTICES = 200_000
const LINE_CHARACTERS = 20_000
const TITLE_CHARACTERS = 500

/**
 * Reads a list. A notice starts at the margin with its day and id; indented below stand its CVEs and fixed versions.
 * Lines that say something else (`NOTE:`, `<not-affected>`) are passed over; a first line that cannot be read is told to
 * `onUnread` and costs its notice.
 */
export function parseNoticeList(text: string, onUnread: (line: string) => void): readonly Notice[] {
  const notices: Notice[] = []
  let open: { cves: string[]; fixes: Notice['fixes'][number][] } | null = null
  for (const line of linesOf(text)) {
    if (line === '' || line.length > LINE_CHARACTERS) {
      if (line !== '') onUnread(line.slice(0, 40))
    } else if (!/^\s/.test(line)) {
      const head = /^\[(\d{1,2} [A-Z][a-z]{2} \d{4})\] (D[SLT]S?A-\d{1,6}(?:-\d{1,3})?) (.*)$/.exec(line)
      const [, day, id, title] = head ?? []
      open = null
      if (day === undefined || id === undefined || title === undefined || notices.length >= NOTICES) onUnread(line)
      else {
        open = { cves: [], fixes: [] }
        notices.push({ id, title: title.slice(0, TITLE_CHARACTERS), published: parseInstant(`${day} UTC`), ...open })
      }
    } else if (open !== null) readDetail(line.trim(), open)
  }
  return notices
}

function readDetail(line: string, notice: { cves: string[]; fixes: Notice['fixes'][number][] }): void {
  if (line.startsWith('{') && line.endsWith('}')) {
    for (const id of line.slice(1, -1).split(' ')) if (/^CVE-\d{4}-\d{4,12}$/.test(id)) notice.cves.push(id)
    return
  }
  const [, codename, sourcePackage, version] = /^\[([a-z]{1,30})\] - (\S{1,200}) ([^\s<]\S{0,200})$/.exec(line) ?? []
  if (codename !== undefined && sourcePackage !== undefined && version !== undefined) {
    notice.fixes.push({ codename, sourcePackage, version })
  }
}

function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at)
    const stop = end < 0 ? text.length : end
    yield text.slice(at, stop).trimEnd()
    at = stop + 1
  }
}
