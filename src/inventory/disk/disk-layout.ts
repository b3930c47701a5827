import { deviceSlice, DiskFault } from './block-device.ts'
import type { BlockDevice } from './block-device.ts'
import type { DiskFileSystem, OpenFileSystem } from './disk-file-system.ts'
import { openExt } from './ext/file-system.ts'
import { readGpt } from './gpt.ts'
import { readPhysicalVolume } from './lvm-physical.ts'
import type { PhysicalVolume } from './lvm-physical.ts'
import { logicalVolumes } from './lvm-volumes.ts'
import { readMbr } from './mbr.ts'
import type { Partition, PartitionTable } from './partition.ts'
import { volumeKindOf } from './volume-kind.ts'
import { openXfs } from './xfs/file-system.ts'

/** A disk, partition or logical volume, and what it holds. */
export interface DiskVolume {
  /** `disk`, `partition 2`, `vg0/root`. */
  readonly name: string
  readonly sizeBytes: number
  /** `ext4`, `swap`, `LVM2`; `unknown` where nothing is recognised. */
  readonly holds: string
  readonly fileSystem: DiskFileSystem | null
  /** Why what it holds is not read, or not its newest state, where software may lie there; `null` where all is, or it holds none. */
  readonly problem: VolumeProblem | null
  /** How `/etc/fstab` may name it. */
  readonly names: readonly string[]
}

export interface VolumeProblem {
  /** A constant that can be counted. */
  readonly reason:
    'volume-encrypted' | 'volume-unsupported' | 'volume-unreadable' | 'volume-unrecognised' | 'journal-not-replayed'
  readonly detail: string
}

export interface DiskLayout {
  readonly scheme: 'gpt' | 'mbr' | 'none'
  readonly volumes: readonly DiskVolume[]
  readonly notes: readonly string[]
}

/** One line per kind of file system that is read. */
const FILE_SYSTEMS: readonly OpenFileSystem[] = [openExt, openXfs]
/** Partitions that hold the code of a boot loader and nothing else: BIOS boot, PReP. (UEFI and GRUB manuals) */
const BOOT_CODE_TYPES = new Set([
  '21686148-6449-6e6f-744e-656564454649',
  '9e1a2d38-c612-4316-aa26-8b49521e5a8b',
  '0x41',
])
const SECTOR_SIZES = [512, 4096] as const

/** A volume before it was looked at. */
interface Candidate {
  readonly name: string
  readonly device: BlockDevice
  readonly names: readonly string[]
  readonly isBootCode: boolean
}

/** What lies on a disk. Throws a `DiskFault` for one in a format of its own (qcow2), or that cannot be read at all. */
export async function readDiskLayout(device: BlockDevice): Promise<DiskLayout> {
  const table = await readTable(device)
  const physical: PhysicalVolume[] = []
  const volumes: DiskVolume[] = []
  const whole = [{ name: 'disk', device, names: [], isBootCode: false }]
  for (const one of table === null ? whole : table.partitions.map(candidateOf)) volumes.push(await look(one, physical))
  const { logical, problem } = groupsOf(physical)
  if (problem !== null) volumes.push(unread('LVM2', 0, 'LVM2', [], problem))
  for (const { group, name, sizeBytes, device: found } of logical) {
    const full = `${group}/${name}`
    const names = [`/dev/${full}`, `/dev/mapper/${mapperName(group)}-${mapperName(name)}`]
    if (found instanceof DiskFault) volumes.push(unread(full, sizeBytes, 'unknown', names, problemOf(found)))
    else volumes.push(await look({ name: full, device: found, names, isBootCode: false }, null))
  }
  return { scheme: table?.scheme ?? 'none', volumes, notes: table?.notes ?? [] }
}

/**
 * The partition table; `null` for a disk that is one volume. A file system at the very beginning counts more than an MBR:
 * its boot block may look like one.
 */
async function readTable(device: BlockDevice): Promise<PartitionTable | null> {
  const kind = await volumeKindOf(device)
  if (kind?.is === 'disk-format') {
    const how = `convert it to a raw image first, e.g. with: qemu-img convert -O raw`
    const detail = `the disk is a ${kind.name} file, not a raw image: ${isCompression(kind.name) ? 'uncompress it first' : how}`
    throw new DiskFault('unsupported', detail)
  }
  const gpt = await readGpt(device)
  if (gpt !== null || kind !== null) return gpt
  const [assumed, ...others] = SECTOR_SIZES
  const first = await readMbr(device, assumed)
  if (first === null || (await holdsSomething(first))) return first
  // An MBR does not say how large its sectors are: they are those in which something is found.
  for (const sectorBytes of others) {
    const table = await readMbr(device, sectorBytes)
    if (table !== null && (await holdsSomething(table))) return table
  }
  return first
}

function isCompression(name: string): boolean {
  return ['gzip', 'xz', 'zstd', 'bzip2'].includes(name)
}

async function holdsSomething({ partitions }: PartitionTable): Promise<boolean> {
  for (const { device } of partitions) if ((await volumeKindOf(device)) !== null) return true
  return false
}

function candidateOf({ number, uuid, label, type, device }: Partition): Candidate {
  return {
    name: `partition ${number}`,
    device,
    names: [
      ...(uuid === null ? [] : [`PARTUUID=${uuid}`, `/dev/disk/by-partuuid/${uuid}`]),
      ...(label === '' ? [] : [`PARTLABEL=${label}`, `/dev/disk/by-partlabel/${label}`]),
    ],
    isBootCode: BOOT_CODE_TYPES.has(type),
  }
}

/** Physical volumes are put into `physical`; there are none within logical ones. */
async function look(candidate: Candidate, physical: PhysicalVolume[] | null): Promise<DiskVolume> {
  const { name, device, names, isBootCode } = candidate
  const { sizeBytes } = device
  try {
    const kind = await volumeKindOf(device)
    if (kind === null) return isBootCode ? nothing(name, sizeBytes, 'boot code') : await lookAtUnknown(candidate)
    switch (kind.is) {
      case 'nothing-to-read':
        return nothing(name, sizeBytes, kind.name)
      case 'file-system':
        return await lookAtFileSystem(candidate, kind.name)
      case 'lvm':
        if (physical !== null) physical.push(await readPhysicalVolume(device))
        return nothing(name, sizeBytes, kind.name)
      case 'encrypted': {
        const detail = `${kind.name} volume: its content cannot be read without its key`
        return unread(name, sizeBytes, kind.name, names, { reason: 'volume-encrypted', detail })
      }
      case 'unsupported':
      case 'disk-format': {
        const problem = { reason: 'volume-unsupported', detail: `${kind.name} is not read` } as const
        return unread(name, sizeBytes, kind.name, names, problem)
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof DiskFault)) throw thrown
    return unread(name, sizeBytes, 'unknown', names, problemOf(thrown))
  }
}

async function lookAtFileSystem({ name, device, names }: Candidate, holds: string): Promise<DiskVolume> {
  const { sizeBytes } = device
  try {
    for (const open of FILE_SYSTEMS) {
      const fileSystem = await open(device)
      if (fileSystem === null) continue
      const { uuid, label, type } = fileSystem
      const own = [`UUID=${uuid}`, `/dev/disk/by-uuid/${uuid}`]
      if (label !== '') own.push(`LABEL=${label}`, `/dev/disk/by-label/${label}`)
      const problem =
        fileSystem.problem === null ? null : ({ reason: 'journal-not-replayed', detail: fileSystem.problem } as const)
      return { name, sizeBytes, holds: type, fileSystem, problem, names: [...names, ...own] }
    }
  } catch (thrown) {
    if (!(thrown instanceof DiskFault)) throw thrown
    return unread(name, sizeBytes, holds, names, problemOf(thrown))
  }
  const detail = `it begins as ${holds} does, and is none`
  return unread(name, sizeBytes, holds, names, { reason: 'volume-unreadable', detail })
}

const LOOK_BYTES = 64 * 1024

/** What was never written holds nothing; anything else may hold software. */
async function lookAtUnknown({ name, device, names }: Candidate): Promise<DiskVolume> {
  const head = deviceSlice(device, 0, LOOK_BYTES)
  const bytes = await head.read(0, head.sizeBytes)
  if (bytes.every(byte => byte === 0)) return nothing(name, device.sizeBytes, 'empty')
  const detail = 'neither a file system nor anything else that is known was found'
  return unread(name, device.sizeBytes, 'unknown', names, { reason: 'volume-unrecognised', detail })
}

function groupsOf(physical: readonly PhysicalVolume[]) {
  try {
    return { logical: logicalVolumes(physical), problem: null }
  } catch (thrown) {
    if (!(thrown instanceof DiskFault)) throw thrown
    return { logical: [], problem: problemOf(thrown) }
  }
}

function nothing(name: string, sizeBytes: number, holds: string): DiskVolume {
  return { name, sizeBytes, holds, fileSystem: null, problem: null, names: [] }
}

function unread(
  name: string,
  sizeBytes: number,
  holds: string,
  names: readonly string[],
  problem: VolumeProblem,
): DiskVolume {
  return { name, sizeBytes, holds, fileSystem: null, problem, names }
}

function problemOf(fault: DiskFault): VolumeProblem {
  const reason = fault.reason === 'unsupported' ? 'volume-unsupported' : 'volume-unreadable'
  return { reason, detail: fault.message }
}

/** Hyphens are doubled, so that the one between group and volume can be told. (dmsetup(8)) */
function mapperName(name: string): string {
  return name.replaceAll('-', '--')
}
