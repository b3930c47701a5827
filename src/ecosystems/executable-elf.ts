import { ByteView } from './byte-view.ts'
import { type ContentRequest, readRange } from './content-analyzer.ts'
import type { ExecutableLayout, Section, Segment } from './executable-layout.ts'

const LOAD = 1
/** Program headers that are looked at; linkers write about a dozen. */
const MOST_SEGMENTS = 128
/** Sections that are looked at; a program with each function in a section of its own has thousands, once linked dozens. */
const MOST_SECTIONS = 4096
const NAMES_LIMIT_BYTES = 256 * 1024

/** ELF of either width and byte order. (System V ABI, chapters 4 and 5) */
export function elfLayout(head: Uint8Array): ExecutableLayout | null {
  const is64 = head[4] === 2
  const isLittleEndian = head[5] === 1
  if ((head[4] !== 1 && !is64) || (head[5] !== 2 && !isLittleEndian)) return null
  const view = new ByteView(head, isLittleEndian)
  const programHeaders = view.word(is64 ? 32 : 28, is64)
  const entryBytes = view.u16(is64 ? 54 : 42)
  const count = Math.min(view.u16(is64 ? 56 : 44), MOST_SEGMENTS)
  const segments: Segment[] = []
  for (let index = 0; index < count; index++) {
    const at = programHeaders + index * entryBytes
    if (view.u32(at) !== LOAD) continue
    const flags = view.u32(at + (is64 ? 4 : 24))
    segments.push({
      offset: view.word(at + (is64 ? 8 : 4), is64),
      address: view.word(at + (is64 ? 16 : 8), is64),
      sizeBytes: view.word(at + (is64 ? 32 : 16), is64),
      isWritable: (flags & 2) !== 0,
      isExecutable: (flags & 1) !== 0,
    })
  }
  const offset = view.word(is64 ? 40 : 32, is64)
  const sections = Math.min(view.u16(is64 ? 60 : 48), MOST_SECTIONS)
  const sectionTable = offset > 0 && sections > 0 && view.u16(is64 ? 58 : 46) === sectionBytes(is64)
    ? { offset, count: sections, namesIndex: view.u16(is64 ? 62 : 50) }
    : null // prettier-ignore
  return { format: 'elf', isLittleEndian, is64, segments, sections: [], sectionTable }
}

/**
 * The list of sections, which most linkers put at the end of the file with the section of their names before it. `null`
 * when there is none or it cannot be read.
 */
export function* readElfSections(
  layout: ExecutableLayout,
): Generator<ContentRequest, readonly Section[] | null, Uint8Array | null> {
  const table = layout.sectionTable
  if (table === null) return null
  const { is64, isLittleEndian } = layout
  const namesBefore = Math.min(table.offset, NAMES_LIMIT_BYTES)
  yield { is: 'hold', ranges: [{ offset: table.offset - namesBefore, length: namesBefore }] }
  const bytes = yield* readRange(table.offset, table.count * sectionBytes(is64))
  if (bytes === null) return null
  const view = new ByteView(bytes, isLittleEndian)
  const names = sectionAt(view, table.namesIndex, is64)
  const nameBytes = yield* readRange(names.offset, Math.min(names.sizeBytes, NAMES_LIMIT_BYTES))
  if (nameBytes === null) return null
  const nameView = new ByteView(nameBytes, isLittleEndian)
  return Array.from({ length: table.count }, (_, index) => {
    const { nameAt, ...place } = sectionAt(view, index, is64)
    return { ...place, name: nameView.text(nameAt, 64) }
  })
}

function sectionAt(view: ByteView, index: number, is64: boolean): Omit<Section, 'name'> & { nameAt: number } {
  const at = index * sectionBytes(is64)
  return {
    nameAt: view.u32(at),
    address: view.word(at + (is64 ? 16 : 12), is64),
    offset: view.word(at + (is64 ? 24 : 16), is64),
    sizeBytes: view.word(at + (is64 ? 32 : 20), is64),
  }
}

function sectionBytes(is64: boolean): number {
  return is64 ? 64 : 40
}
