import { ByteView } from './byte-view.ts'
import type { ExecutableLayout, Section, Segment } from './executable-layout.ts'

const SEGMENT_32 = 0x1
const SEGMENT_64 = 0x19
const MOST_COMMANDS = 256
const MOST_SECTIONS = 512
const WRITE = 2
const EXECUTE = 4

/** A program of macOS for one machine. (mach-o/loader.h: mach_header, segment_command, section) */
export function machOLayout(head: Uint8Array): ExecutableLayout | null {
  const isLittleEndian = head[0] !== 0xfe
  const view = new ByteView(head, isLittleEndian)
  const is64 = view.u32(0) === 0xfeedfacf
  const segments: Segment[] = []
  const sections: Section[] = []
  let at = is64 ? 32 : 28
  for (let index = 0; index < Math.min(view.u32(16), MOST_COMMANDS); index++) {
    const command = view.u32(at)
    const commandBytes = view.u32(at + 4)
    if (commandBytes < 8 || at + commandBytes > head.length) break
    if (command === (is64 ? SEGMENT_64 : SEGMENT_32)) readSegment(view, at, is64, segments, sections)
    at += commandBytes
  }
  return { format: 'mach-o', isLittleEndian, is64, segments, sections, sectionTable: null }
}

function readSegment(view: ByteView, at: number, is64: boolean, segments: Segment[], sections: Section[]): void {
  const wide = is64 ? 8 : 4
  const protection = view.u32(at + 24 + 4 * wide + 4)
  segments.push({
    address: view.word(at + 24, is64),
    offset: view.word(at + 24 + 2 * wide, is64),
    sizeBytes: view.word(at + 24 + 3 * wide, is64),
    isWritable: (protection & WRITE) !== 0,
    isExecutable: (protection & EXECUTE) !== 0,
  })
  const sectionBytes = is64 ? 80 : 68
  const count = view.u32(at + 24 + 4 * wide + 8)
  for (let index = 0; index < count && sections.length < MOST_SECTIONS; index++) {
    const section = at + 24 + 4 * wide + 16 + index * sectionBytes
    if (section + sectionBytes > view.bytes.length) return
    sections.push({
      name: view.text(section, 16),
      address: view.word(section + 32, is64),
      sizeBytes: view.word(section + 32 + wide, is64),
      offset: view.u32(section + 32 + 2 * wide),
    })
  }
}
