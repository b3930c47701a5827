import { crc32 } from 'node:zlib'

import { utf8TextOf } from '../../base/utf8.ts'
import { DiskFault } from './block-device.ts'
import type { BlockDevice } from './block-device.ts'
import { copyOf, readWide, untilNul, viewOf } from './bytes.ts'

/** A physical volume: which it is, and the metadata of its group that lies on it. */
export interface PhysicalVolume {
  /** 32 characters without hyphens. */
  readonly uuid: string
  readonly device: BlockDevice
  /** `null` where the volume carries no copy: the group's others do. */
  readonly metadata: string | null
}

const LABEL_SECTORS = [0, 1, 2, 3]
const SECTOR_BYTES = 512
const LABEL_HEADER_BYTES = 32
const UUID_BYTES = 32
/** Metadata areas are 1 MiB by default; `--metadatasize` of large groups reaches some tens. */
const MOST_METADATA_BYTES = 16 << 20
const MOST_AREAS = 16
const AREA_HEADER_BYTES = 512
const AREA_MAGIC = ' LVM2 x[5A%r0N*>'
/** lvm2 lib/misc/crc.h: CRC-32 that begins with this, and is not inverted at the end. */
const CRC_START = 0xf597_a6cf

/** The label of a physical volume, in one of the first four sectors. (lvm2 lib/label/label.h, lib/format_text/layout.h) */
export async function readPhysicalVolume(device: BlockDevice): Promise<PhysicalVolume> {
  for (const number of LABEL_SECTORS) {
    if ((number + 1) * SECTOR_BYTES > device.sizeBytes) break
    const sector = copyOf(await device.read(number * SECTOR_BYTES, SECTOR_BYTES))
    if (textAt(sector, 0, 8) !== 'LABELONE' || textAt(sector, 24, 8) !== 'LVM2 001') continue
    if (lvmCrc(sector.subarray(20)) !== viewOf(sector).getUint32(16, true)) {
      throw new DiskFault('malformed', 'the label of the LVM2 physical volume does not have its checksum')
    }
    const headerAt = viewOf(sector).getUint32(20, true)
    if (headerAt < LABEL_HEADER_BYTES || headerAt + UUID_BYTES + 8 > SECTOR_BYTES) break
    const uuid = textAt(sector, headerAt, UUID_BYTES)
    return { uuid, device, metadata: await readMetadata(device, metadataAreas(sector, headerAt)) }
  }
  throw new DiskFault('malformed', 'the LVM2 physical volume has no readable label')
}

/** Offsets of the areas: a list of data areas ends with zeros, then one of metadata areas does. */
function metadataAreas(sector: Uint8Array, headerAt: number): readonly number[] {
  const view = viewOf(sector)
  const areas: number[] = []
  let lists = 0
  for (let at = headerAt + UUID_BYTES + 8; at + 16 <= SECTOR_BYTES && areas.length < MOST_AREAS; at += 16) {
    const offset = readWide(view, at, 'an area of the LVM2 physical volume')
    if (offset === 0) lists += 1
    else if (lists === 1) areas.push(offset)
    if (lists === 2) break
  }
  return areas
}

/** The text of the first area that has one; the second is its copy. */
async function readMetadata(device: BlockDevice, areas: readonly number[]): Promise<string | null> {
  let damage: DiskFault | null = null
  for (const area of areas) {
    try {
      const text = await readArea(device, area)
      if (text !== null) return text
    } catch (thrown) {
      if (!(thrown instanceof DiskFault) || thrown.reason === 'unreadable') throw thrown
      damage ??= thrown
    }
  }
  if (damage !== null) throw damage
  return null
}

async function readArea(device: BlockDevice, at: number): Promise<string | null> {
  const header = copyOf(await device.read(at, AREA_HEADER_BYTES))
  const view = viewOf(header)
  if (lvmCrc(header.subarray(4)) !== view.getUint32(0, true) || textAt(header, 4, 16) !== AREA_MAGIC) {
    throw new DiskFault('malformed', `the LVM2 metadata area at byte ${at} has a damaged header`)
  }
  const areaBytes = readWide(view, 32, 'the size of the LVM2 metadata area')
  const offset = readWide(view, 40, 'the place of the LVM2 metadata')
  const sizeBytes = readWide(view, 48, 'the size of the LVM2 metadata')
  if (offset === 0 || sizeBytes === 0) return null
  if (sizeBytes > MOST_METADATA_BYTES || offset >= areaBytes || sizeBytes > areaBytes - AREA_HEADER_BYTES) {
    throw new DiskFault('malformed', `the LVM2 metadata claims ${sizeBytes} bytes at ${offset} of ${areaBytes}`)
  }
  // The area is a ring: what reaches its end goes on behind the header.
  const beforeEnd = Math.min(sizeBytes, areaBytes - offset)
  const text = new Uint8Array(sizeBytes)
  text.set(await device.read(at + offset, beforeEnd))
  text.set(await device.read(at + AREA_HEADER_BYTES, sizeBytes - beforeEnd), beforeEnd)
  if (lvmCrc(text) !== view.getUint32(56, true)) {
    throw new DiskFault('malformed', 'the LVM2 metadata does not have its checksum')
  }
  return utf8TextOf(untilNul(text))
}

function lvmCrc(bytes: Uint8Array): number {
  return ~crc32(bytes, ~CRC_START >>> 0) >>> 0
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.subarray(at, at + length)).toString('latin1')
}
