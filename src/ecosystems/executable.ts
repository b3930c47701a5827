import { ByteView } from './byte-view.ts'
import { type CandidateFile, type ContentFile, type ContentRequest, HEAD_BYTES, readRange } from './content-analyzer.ts'
import { elfLayout } from './executable-elf.ts'
import type { ExecutableLayout, Segment } from './executable-layout.ts'
import { machOLayout } from './executable-mach-o.ts'
import { peLayout } from './executable-pe.ts'

/** Executables are opened in pieces, so that their size alone costs nothing. The largest seen have some hundred MiB. */
export const EXECUTABLE_LIMIT_BYTES = 4 * 1024 * 1024 * 1024
/** Read-only data that may be wanted after what follows it in the file; of larger ones the beginning is held. */
export const EXECUTABLE_HELD_BYTES = 48 * 1024 * 1024
/** Below this there is no room for what compilers of today put into every program. */
const LEAST_BYTES = 4096

/** Endings of executables and libraries; other names with a dot belong to something else, e.g. `main.py`. */
const BINARY_ENDING = /\.(?:so|exe|dll|dylib|node|bin|elf|out|run|test|cgi|fcgi|appimage|amd64|arm64|x86_64|aarch64|linux|darwin|[0-9][^/]*|[^/]*[-_][^/]*)$/i // prettier-ignore
/** Without permission bits to go by, these are looked at nevertheless: systems load or run them whatever their mode. */
const MODELESS_ENDING = /\.(?:so(?:\.[0-9.]+)?|exe|dll|dylib|node)$/i
/** Places with many files whose names have no ending, none of which is a program. */
const NEVER = /(?:^|\/)\.git\/|^usr\/share\/(?:man|doc|zoneinfo|locale|terminfo|licenses)\/|^(?:proc|sys)\//

/** Whether a file of this name could be an executable or a library. */
export function isExecutableName(path: string): boolean {
  const slash = path.lastIndexOf('/')
  const dot = path.lastIndexOf('.')
  return (dot <= slash || BINARY_ENDING.test(path)) && !NEVER.test(path)
}

export function isExecutableCandidate({ path, sizeBytes, mode }: CandidateFile): boolean {
  return sizeBytes >= LEAST_BYTES && (mode === null || (mode & 0o111) !== 0 || MODELESS_ENDING.test(path))
}

/** ELF, PE, and Mach-O, alone or for several machines in one file. Class files share the mark of the last. */
export function isExecutableHead(head: Uint8Array): boolean {
  const view = new ByteView(head, false)
  const mark = view.u32(0)
  if (mark === 0x7f454c46 || isMachOMark(mark)) return true
  return mark >>> 16 === 0x4d5a || (mark === UNIVERSAL && view.u32(4) > 0 && view.u32(4) <= MOST_MACHINES)
}

function isMachOMark(mark: number): boolean {
  return mark === 0xfeedface || mark === 0xfeedfacf || mark === 0xcefaedfe || mark === 0xcffaedfe
}

const UNIVERSAL = 0xcafebabe
/** Class files have their version in the place of this count, which begins at 45. (Mach-O fat_header; JVM specification §4.1) */
const MOST_MACHINES = 20

/** Reads the layout; `null` for what looks like an executable and is none. Of several machines the first counts. */
export function* openExecutable(
  file: ContentFile,
): Generator<ContentRequest, ExecutableLayout | null, Uint8Array | null> {
  const { head } = file
  const view = new ByteView(head, false)
  if (view.u32(0) !== UNIVERSAL) return layoutOf(head)
  const offset = view.u32(16)
  const inner =
    offset === 0 ? null : yield* readRange(offset, Math.min(HEAD_BYTES, Math.max(0, file.sizeBytes - offset)))
  const layout = inner === null ? null : layoutOf(inner)
  return layout === null ? null : movedBy(layout, offset)
}

function layoutOf(head: Uint8Array): ExecutableLayout | null {
  const mark = new ByteView(head, false).u32(0)
  if (mark === 0x7f454c46) return elfLayout(head)
  if (mark >>> 16 === 0x4d5a) return peLayout(head)
  return isMachOMark(mark) ? machOLayout(head) : null
}

function movedBy(layout: ExecutableLayout, by: number): ExecutableLayout {
  const move = <T extends { readonly offset: number }>(part: T): T => ({ ...part, offset: part.offset + by })
  return { ...layout, segments: layout.segments.map(move), sections: layout.sections.map(move) }
}

/** Where the bytes at an address lie in the file; `null` for an address that nothing of the file is loaded at. */
export function offsetOfAddress({ segments }: ExecutableLayout, address: number): number | null {
  const segment = segments.find(one => address >= one.address && address < one.address + one.sizeBytes)
  return segment === undefined ? null : segment.offset + (address - segment.address)
}

/** Data that is not written to, where compilers put strings; of a file that keeps it with its code, both. */
export function readOnlyData({ segments }: ExecutableLayout): readonly Segment[] {
  const readOnly = segments.filter(segment => !segment.isWritable && segment.sizeBytes > 0)
  const data = readOnly.filter(segment => !segment.isExecutable)
  return data.length > 0 ? data : readOnly
}
