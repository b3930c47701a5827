import { crc32 } from 'node:zlib'

import { DiskFault, deviceSlice } from './block-device.ts'
import type { BlockDevice } from './block-device.ts'
import { copyOf, formatUuid, readWide, viewOf } from './bytes.ts'
import type { Partition, PartitionTable } from './partition.ts'

/** A sector of either size that disks have. */
const SECTOR_SIZES = [512, 4096]
const SIGNATURE = 'EFI PART'
const HEADER_BYTES = 92
const UNUSED_TYPE = '00000000-0000-0000-0000-000000000000'
/** sgdisk and Linux use 128 entries; larger tables exist, and 128 bytes each. (UEFI 2.10 §5.3) */
const MOST_ENTRIES = 4096
const MOST_ENTRY_BYTES = 4096
const MOST_TABLE_BYTES = 1 << 20

/** The GUID partition table, from its backup when the first is damaged; `null` where there is none at all. */
export async function readGpt(device: BlockDevice): Promise<PartitionTable | null> {
  let damage: DiskFault | null = null
  for (const sectorBytes of SECTOR_SIZES) {
    const last = Math.floor(device.sizeBytes / sectorBytes) - 1
    for (const sector of [1, last]) {
      try {
        const partitions = await readTable(device, sectorBytes, sector)
        if (partitions === null) continue
        const notes = sector === 1 ? [] : ['the partition table at the beginning is damaged: its backup was read']
        return { scheme: 'gpt', partitions, notes }
      } catch (thrown) {
        if (!(thrown instanceof DiskFault) || thrown.reason === 'unreadable') throw thrown
        damage ??= thrown
      }
    }
  }
  if (damage !== null) throw damage
  return null
}

async function readTable(
  device: BlockDevice,
  sectorBytes: number,
  sector: number,
): Promise<readonly Partition[] | null> {
  if (sector < 1 || (sector + 1) * sectorBytes > device.sizeBytes) return null
  const bytes = copyOf(await device.read(sector * sectorBytes, sectorBytes))
  if (Buffer.from(bytes.subarray(0, SIGNATURE.length)).toString('latin1') !== SIGNATURE) return null
  const view = viewOf(bytes)
  const headerBytes = view.getUint32(12, true)
  const count = view.getUint32(80, true)
  const entryBytes = view.getUint32(84, true)
  const isGood =
    headerBytes >= HEADER_BYTES &&
    headerBytes <= sectorBytes &&
    entryBytes >= 128 &&
    entryBytes <= MOST_ENTRY_BYTES &&
    count <= MOST_ENTRIES &&
    count * entryBytes <= MOST_TABLE_BYTES
  if (!isGood) throw new DiskFault('malformed', `the GPT header in sector ${sector} has impossible sizes`)
  const wanted = view.getUint32(16, true)
  view.setUint32(16, 0, true)
  if (crc32(bytes.subarray(0, headerBytes)) !== wanted) {
    throw new DiskFault('malformed', `the GPT header in sector ${sector} does not have its checksum`)
  }
  const table = await device.read(readWide(view, 72, 'the place of the GPT') * sectorBytes, count * entryBytes)
  if (crc32(table) !== view.getUint32(88, true)) {
    throw new DiskFault('malformed', `the partitions of the GPT header in sector ${sector} do not have their checksum`)
  }
  return Array.from({ length: count }, (_, index) => {
    const entry = table.subarray(index * entryBytes, (index + 1) * entryBytes)
    return partitionOf(device, sectorBytes, index + 1, entry)
  }).filter(partition => partition !== null)
}

function partitionOf(device: BlockDevice, sectorBytes: number, number: number, entry: Uint8Array): Partition | null {
  const type = guidOf(entry.subarray(0, 16))
  if (type === UNUSED_TYPE) return null
  const view = viewOf(entry)
  const first = readWide(view, 32, `the first sector of partition ${number}`)
  const last = readWide(view, 40, `the last sector of partition ${number}`)
  return {
    number,
    uuid: guidOf(entry.subarray(16, 32)),
    label: (Buffer.from(entry.subarray(56, 128)).toString('utf16le').split('\0', 1)[0] ?? '').trim(),
    type,
    device: deviceSlice(device, first * sectorBytes, (last - first + 1) * sectorBytes),
  }
}

/** GUIDs have their first three parts in little-endian order. (UEFI 2.10, appendix A) */
function guidOf(bytes: Uint8Array): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
  return formatUuid(Uint8Array.from(order, index => bytes[index] ?? 0))
}
