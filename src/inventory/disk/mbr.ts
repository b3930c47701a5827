import { DiskFault, deviceSlice } from './block-device.ts'
import type { BlockDevice } from './block-device.ts'
import { copyOf, viewOf } from './bytes.ts'
import type { Partition, PartitionTable } from './partition.ts'

const TABLE_AT = 446
const ENTRY_BYTES = 16
const SIGNATURE_AT = 510
const SECTOR_512 = 512
/** CHS, LBA and Linux's own kind of partition that holds further ones. */
const EXTENDED_TYPES = new Set([0x05, 0x0f, 0x85])
/** What a GPT writes into the MBR to keep older tools away. */
const PROTECTIVE_TYPE = 0xee
/** Linux numbers at most 60 partitions of one disk in the older scheme; beyond this a chain leads nowhere good. */
const MOST_LOGICAL = 128

interface Entry {
  readonly type: number
  readonly first: number
  readonly sectors: number
}

/** The table of a disk without GPT; `null` where the first sector holds none. Sectors of MBRs have no size of their own. */
export async function readMbr(device: BlockDevice, sectorBytes: number): Promise<PartitionTable | null> {
  const sector = await readSector(device, 0)
  const entries = sector === null ? null : entriesOf(sector)
  if (sector === null || entries === null) return null
  const signature = viewOf(sector).getUint32(440, true).toString(16).padStart(8, '0')
  const partitions: Partition[] = []
  const notes: string[] = []
  const add = (number: number, { type, first, sectors }: Entry): void => {
    partitions.push({
      number,
      uuid: `${signature}-${number.toString(16).padStart(2, '0')}`,
      label: '',
      type: `0x${type.toString(16).padStart(2, '0')}`,
      device: deviceSlice(device, first * sectorBytes, sectors * sectorBytes),
    })
  }
  for (const [index, entry] of entries.entries()) {
    if (entry.type === 0 || entry.sectors === 0) continue
    if (entry.type === PROTECTIVE_TYPE) {
      throw new DiskFault('malformed', 'the disk claims to have a GUID partition table, and neither copy can be read')
    }
    if (!EXTENDED_TYPES.has(entry.type)) {
      add(index + 1, entry)
      continue
    }
    const { logical, note } = await readLogical(device, entry.first, sectorBytes)
    // Logical partitions count from 5, however few primary ones there are.
    for (const [nth, one] of logical.entries()) add(5 + nth, one)
    if (note !== null) notes.push(note)
  }
  return partitions.length === 0 && notes.length === 0 ? null : { scheme: 'mbr', partitions, notes }
}

/** Each logical partition has a table of its own: itself, counted from there, and the next, counted from the first. */
async function readLogical(
  device: BlockDevice,
  extendedAt: number,
  sectorBytes: number,
): Promise<{ logical: readonly Entry[]; note: string | null }> {
  const logical: Entry[] = []
  const seen = new Set<number>()
  for (let at: number | null = extendedAt; at !== null;) {
    if (seen.has(at) || logical.length >= MOST_LOGICAL) {
      return { logical, note: `the chain of logical partitions does not end: ${logical.length} were read` }
    }
    seen.add(at)
    const sector = await readSector(device, at * sectorBytes)
    const entries = sector === null ? null : entriesOf(sector)
    if (entries === null) return { logical, note: `the table of logical partitions in sector ${at} cannot be read` }
    let next: number | null = null
    for (const entry of entries.slice(0, 2)) {
      if (entry.type === 0 || entry.sectors === 0) continue
      if (EXTENDED_TYPES.has(entry.type)) next = extendedAt + entry.first
      else logical.push({ ...entry, first: at + entry.first })
    }
    at = next
  }
  return { logical, note: null }
}

async function readSector(device: BlockDevice, at: number): Promise<Uint8Array | null> {
  return at + SECTOR_512 > device.sizeBytes ? null : copyOf(await device.read(at, SECTOR_512))
}

/** `null` where the sector is no table: boot sectors of file systems carry the same signature. */
function entriesOf(sector: Uint8Array): readonly Entry[] | null {
  const view = viewOf(sector)
  if (view.getUint16(SIGNATURE_AT, false) !== 0x55aa) return null
  const entries: Entry[] = []
  for (let index = 0; index < 4; index += 1) {
    const at = TABLE_AT + index * ENTRY_BYTES
    if ((view.getUint8(at) & 0x7f) !== 0) return null
    entries.push({
      type: view.getUint8(at + 4),
      first: view.getUint32(at + 8, true),
      sectors: view.getUint32(at + 12, true),
    })
  }
  return entries
}
