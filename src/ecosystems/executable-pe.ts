import { ByteView } from './byte-view.ts'
import type { ExecutableLayout, Section, Segment } from './executable-layout.ts'

const SECTION_BYTES = 40
/** The format's own limit. (PE format, NumberOfSections) */
const MOST_SECTIONS = 96
const IS_WRITABLE = 0x80000000
const IS_EXECUTABLE = 0x20000000

/** A Windows program or library; its sections are what is loaded. (PE format, COFF file header, section table) */
export function peLayout(head: Uint8Array): ExecutableLayout | null {
  const view = new ByteView(head, true)
  const header = view.u32(0x3c)
  if (view.u32(header) !== 0x00004550) return null
  const optional = header + 24
  const is64 = view.u16(optional) === 0x20b
  if (!is64 && view.u16(optional) !== 0x10b) return null
  const imageBase = is64 ? view.u64(optional + 24) : view.u32(optional + 28)
  const table = optional + view.u16(header + 20)
  const sections: Section[] = []
  const segments: Segment[] = []
  for (let index = 0; index < Math.min(view.u16(header + 6), MOST_SECTIONS); index++) {
    const at = table + index * SECTION_BYTES
    const flags = view.u32(at + 36)
    const place = {
      address: imageBase + view.u32(at + 12),
      offset: view.u32(at + 20),
      // What is loaded may end before the raw data does, which is padded to whole sectors.
      sizeBytes: Math.min(view.u32(at + 16), view.u32(at + 8) || view.u32(at + 16)),
    }
    sections.push({ ...place, name: view.text(at, 8) })
    segments.push({ ...place, isWritable: (flags & IS_WRITABLE) !== 0, isExecutable: (flags & IS_EXECUTABLE) !== 0 })
  }
  return { format: 'pe', isLittleEndian: true, is64, segments, sections, sectionTable: null }
}
