import { crc32 } from 'node:zlib'

const SECTOR_BYTES = 512
const ENTRIES = 8
const ENTRY_BYTES = 128
/** `0fc63daf-8483-4772-8e79-3d69d8477de4` (Linux file system) as a disk holds it. */
const LINUX_TYPE = 'af3dc60f838472478e793d69d8477de4'

export interface SamplePartition {
  readonly first: number
  readonly sectors: number
  readonly label?: string
}

const SAMPLE: readonly SamplePartition[] = [
  { first: 2048, sectors: 2048, label: 'one' },
  { first: 4096, sectors: 2048, label: 'two' },
  { first: 6144, sectors: 2048 },
]

/** The first sectors of a disk with a partition table: GPT, or MBR whose second partition holds the third as a logical one. */
export function diskHead(scheme: 'gpt' | 'mbr', partitions = SAMPLE, sectorBytes = SECTOR_BYTES): Uint8Array {
  return scheme === 'gpt' ? gptHead(partitions, sectorBytes) : mbrHead(partitions)
}

function gptHead(partitions: readonly SamplePartition[], sectorBytes: number): Uint8Array {
  const head = Buffer.alloc(sectorBytes * 2 + ENTRIES * ENTRY_BYTES)
  writeMbrEntry(head, 0, 0xee, 1, 0xffff_ffff)
  head.writeUInt16BE(0x55aa, 510)
  const table = head.subarray(sectorBytes * 2)
  for (const [index, { first, sectors, label }] of partitions.entries()) {
    const entry = table.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES)
    Buffer.from(LINUX_TYPE, 'hex').copy(entry)
    entry.fill(index + 1, 16, 32)
    entry.writeBigUInt64LE(BigInt(first), 32)
    entry.writeBigUInt64LE(BigInt(first + sectors - 1), 40)
    Buffer.from(label ?? '', 'utf16le').copy(entry, 56)
  }
  const header = head.subarray(sectorBytes, sectorBytes * 2)
  header.write('EFI PART', 'latin1')
  header.writeUInt32LE(0x1_0000, 8)
  header.writeUInt32LE(92, 12)
  header.writeBigUInt64LE(1n, 24)
  header.writeBigUInt64LE(2n, 72)
  header.writeUInt32LE(ENTRIES, 80)
  header.writeUInt32LE(ENTRY_BYTES, 84)
  header.writeUInt32LE(crc32(table), 88)
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16)
  return new Uint8Array(head)
}

function mbrHead([first, ...logical]: readonly SamplePartition[]): Uint8Array {
  const ends = logical.map(one => one.first + one.sectors)
  const head = Buffer.alloc(Math.max(1, ...logical.map(one => one.first)) * SECTOR_BYTES)
  head.writeUInt16BE(0x55aa, 510)
  head.writeUInt32LE(0x1234_abcd, 440)
  if (first !== undefined) writeMbrEntry(head, 0, 0x83, first.first, first.sectors)
  const extendedAt = (logical[0]?.first ?? 0) - 1
  if (logical.length > 0) writeMbrEntry(head, 1, 0x05, extendedAt, Math.max(...ends) - extendedAt)
  for (const [index, { first: start, sectors }] of logical.entries()) {
    // Each table lies in the sector before its partition.
    const table = head.subarray((start - 1) * SECTOR_BYTES, start * SECTOR_BYTES)
    table.writeUInt16BE(0x55aa, 510)
    writeMbrEntry(table, 0, 0x83, 1, sectors)
    const next = logical[index + 1]
    if (next !== undefined) writeMbrEntry(table, 1, 0x05, next.first - 1 - extendedAt, next.sectors + 1)
  }
  return new Uint8Array(head)
}

function writeMbrEntry(sector: Buffer, index: number, type: number, first: number, sectors: number): void {
  const at = 446 + index * 16
  sector.writeUInt8(type, at + 4)
  sector.writeUInt32LE(first, at + 8)
  sector.writeUInt32LE(sectors, at + 12)
}
