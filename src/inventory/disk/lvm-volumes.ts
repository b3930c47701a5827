import { assertWithin, DiskFault } from './block-device.ts'
import type { BlockDevice } from './block-device.ts'
import type { PhysicalVolume } from './lvm-physical.ts'
import { parseLvmText } from './lvm-text.ts'
import type { LvmSection, LvmValue } from './lvm-text.ts'

/** A logical volume: its device, or why it is none that can be read. */
export interface LogicalVolume {
  readonly group: string
  readonly name: string
  readonly sizeBytes: number
  readonly device: BlockDevice | DiskFault
}

const SECTOR_BYTES = 512
/** `vgcreate` allows 2^16 extents sizes and thousands of volumes; beyond these a text is no group that anybody runs. */
const MOST_VOLUMES = 4096
const MOST_SEGMENTS = 65_536
const MOST_STRIPES = 128

/** A piece of a logical volume: one stripe is a plain run, several take turns. Bytes everywhere. */
interface Segment {
  readonly at: number
  readonly sizeBytes: number
  readonly stripeBytes: number
  readonly stripes: readonly { readonly device: BlockDevice; readonly at: number }[]
}

/** The visible volumes of the groups that the physical volumes belong to, by each group's newest metadata. */
export function logicalVolumes(physical: readonly PhysicalVolume[]): readonly LogicalVolume[] {
  const newest = new Map<string, { seqno: number; name: string; group: LvmSection }>()
  for (const { metadata } of physical) {
    if (metadata === null) continue
    for (const [name, group] of parseLvmText(metadata)) {
      if (!isSection(group) || !group.has('extent_size')) continue
      const id = textOf(group, 'id')
      const seqno = numberOf(group, 'seqno')
      if (seqno > (newest.get(id)?.seqno ?? -1)) newest.set(id, { seqno, name, group })
    }
  }
  return [...newest.values()].flatMap(({ name, group }) => volumesOf(name, group, physical))
}

function volumesOf(
  groupName: string,
  group: LvmSection,
  physical: readonly PhysicalVolume[],
): readonly LogicalVolume[] {
  const volumes = sectionsOf(group, 'logical_volumes')
  if (volumes.length > MOST_VOLUMES) throw new DiskFault('limit-exceeded', `more than ${MOST_VOLUMES} logical volumes`)
  const extentBytes = numberOf(group, 'extent_size') * SECTOR_BYTES
  return volumes
    .filter(([, volume]) => isVisible(volume))
    .map(([name, volume]) => {
      let sizeBytes = 0
      try {
        for (const segment of segmentsOf(volume)) sizeBytes += numberOf(segment, 'extent_count') * extentBytes
        const segments = segmentsOf(volume).map(segment => segmentOf(segment, extentBytes, group, physical))
        return { group: groupName, name, sizeBytes, device: volumeDevice(sizeBytes, segments) }
      } catch (thrown) {
        if (!(thrown instanceof DiskFault)) throw thrown
        return { group: groupName, name, sizeBytes, device: thrown }
      }
    })
}

function isVisible(volume: LvmSection): boolean {
  const status = volume.get('status')
  return isList(status) && status.includes('VISIBLE')
}

function segmentsOf(volume: LvmSection): readonly LvmSection[] {
  const count = numberOf(volume, 'segment_count')
  if (count > MOST_SEGMENTS) throw new DiskFault('limit-exceeded', `a logical volume of ${count} segments`)
  return Array.from({ length: count }, (_, index) => sectionOf(volume, `segment${index + 1}`))
}

function segmentOf(
  segment: LvmSection,
  extentBytes: number,
  group: LvmSection,
  physical: readonly PhysicalVolume[],
): Segment {
  const type = textOf(segment, 'type')
  // "striped" with one stripe is what other tools call linear.
  if (type !== 'striped' && type !== 'linear') throw new DiskFault('unsupported', `LVM2 segments of type ${type}`)
  const list = segment.get('stripes')
  if (!isList(list) || list.length < 2 || list.length > 2 * MOST_STRIPES || list.length % 2 !== 0) {
    throw new DiskFault('malformed', 'an LVM2 segment without a list of stripes')
  }
  const stripes = Array.from({ length: list.length / 2 }, (_, index) => {
    const [name, extent] = [list[2 * index], list[2 * index + 1]]
    if (typeof name !== 'string' || typeof extent !== 'number') {
      throw new DiskFault('malformed', 'an LVM2 segment with a stripe that is no volume and place')
    }
    const volume = sectionOf(sectionOf(group, 'physical_volumes'), name)
    const startsAt = numberOf(volume, 'pe_start') * SECTOR_BYTES
    return { device: deviceOf(textOf(volume, 'id'), name, physical), at: startsAt + extent * extentBytes }
  })
  return {
    at: numberOf(segment, 'start_extent') * extentBytes,
    sizeBytes: numberOf(segment, 'extent_count') * extentBytes,
    stripeBytes: stripes.length === 1 ? Infinity : positive(numberOf(segment, 'stripe_size') * SECTOR_BYTES),
    stripes,
  }
}

function deviceOf(id: string, name: string, physical: readonly PhysicalVolume[]): BlockDevice {
  const uuid = id.replaceAll('-', '')
  const found = physical.find(one => one.uuid === uuid)
  if (found !== undefined) return found.device
  throw new DiskFault('unreadable', `it lies in part on physical volume ${name} (${id}), which is not on this disk`)
}

function volumeDevice(sizeBytes: number, unordered: readonly Segment[]): BlockDevice {
  const segments = unordered.toSorted((a, b) => a.at - b.at)
  let covered = 0
  for (const { at, sizeBytes: length } of segments) {
    if (at !== covered) throw new DiskFault('malformed', 'the segments of a logical volume leave gaps or overlap')
    covered += length
  }
  return {
    sizeBytes,
    async read(offset, length) {
      assertWithin(offset, length, sizeBytes)
      const first = pieceAt(segments, offset)
      if (first !== null && first.length >= length) return first.device.read(first.at, length)
      const whole = new Uint8Array(length)
      for (let filled = 0; filled < length;) {
        const piece = pieceAt(segments, offset + filled)
        if (piece === null) throw new DiskFault('malformed', 'a logical volume ends before its size')
        const count = Math.min(piece.length, length - filled)
        whole.set(await piece.device.read(piece.at, count), filled)
        filled += count
      }
      return whole
    },
  }
}

/** Where the byte at `offset` lies, and how many follow it there. */
function pieceAt(
  segments: readonly Segment[],
  offset: number,
): { readonly device: BlockDevice; readonly at: number; readonly length: number } | null {
  const segment = segments.find(({ at, sizeBytes }) => offset >= at && offset < at + sizeBytes)
  if (segment === undefined) return null
  const within = offset - segment.at
  const { stripeBytes, stripes } = segment
  if (stripeBytes === Infinity) {
    const [only] = stripes
    return only === undefined ? null : { device: only.device, at: only.at + within, length: segment.sizeBytes - within }
  }
  const row = Math.floor(within / stripeBytes)
  const stripe = stripes[row % stripes.length]
  if (stripe === undefined) return null
  const inStripe = within % stripeBytes
  const at = stripe.at + Math.floor(row / stripes.length) * stripeBytes + inStripe
  return { device: stripe.device, at, length: Math.min(stripeBytes - inStripe, segment.sizeBytes - within) }
}

function positive(value: number): number {
  if (value > 0) return value
  throw new DiskFault('malformed', `an LVM2 segment with stripes of ${value} bytes`)
}

function isSection(value: LvmValue | undefined): value is LvmSection {
  return value instanceof Map
}

function isList(value: LvmValue | undefined): value is readonly (string | number)[] {
  return Array.isArray(value)
}

function sectionOf(section: LvmSection, name: string): LvmSection {
  const value = section.get(name)
  if (isSection(value)) return value
  throw new DiskFault('malformed', `the LVM2 metadata has no section ${name}`)
}

/** The sections in a section; none where the group has none. */
function sectionsOf(section: LvmSection, name: string): readonly (readonly [string, LvmSection])[] {
  const value = section.get(name)
  if (!isSection(value)) return []
  return [...value].flatMap(([key, inner]) => (isSection(inner) ? [[key, inner] as const] : []))
}

function textOf(section: LvmSection, name: string): string {
  const value = section.get(name)
  if (typeof value === 'string') return value
  throw new DiskFault('malformed', `the LVM2 metadata has no text ${name}`)
}

function numberOf(section: LvmSection, name: string): number {
  const value = section.get(name)
  if (typeof value === 'number' && value >= 0) return value
  throw new DiskFault('malformed', `the LVM2 metadata has no number ${name}`)
}
