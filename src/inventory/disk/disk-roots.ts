import { decodeUtf8 } from '../../base/utf8.ts'
import type { FileTree } from '../file-tree.ts'
import { DiskFault } from './block-device.ts'
import type { DiskFileSystem } from './disk-file-system.ts'
import type { DiskLayout, DiskVolume } from './disk-layout.ts'
import { diskTree, resolveDirectory } from './disk-tree.ts'
import type { Mount } from './disk-tree.ts'
import { parseFstab } from './fstab.ts'

/** A tree of files as a machine that boots from the disk would see it, or a volume that no machine's `fstab` names. */
export interface DiskRoot {
  /** The volume at its root. */
  readonly name: string
  readonly tree: FileTree
  /** Volumes at their paths, the root first. */
  readonly mounts: readonly { readonly path: string; readonly volume: string }[]
  /** File systems that `/etc/fstab` mounts from disks other than this one: their content is not seen. */
  readonly missing: readonly { readonly path: string; readonly spec: string }[]
}

const FSTAB_BYTES = 1 << 20
/** Types that lie on disks and may hold software; `auto` is whatever is found. */
const DISK_TYPES = new Set(['auto', 'ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'jfs', 'reiserfs'])

interface Readable {
  readonly volume: DiskVolume
  readonly fileSystem: DiskFileSystem
  readonly fstab: string | null
}

/**
 * The trees of a disk. A volume with an `/etc/fstab` is a machine's root, with what that mounts from this disk; every other
 * volume that none of them mounts is a tree of its own, so that nothing readable is left out.
 */
export async function diskRoots({ volumes }: DiskLayout): Promise<readonly DiskRoot[]> {
  const readable: Readable[] = []
  for (const volume of volumes) {
    const { fileSystem } = volume
    if (fileSystem !== null) readable.push({ volume, fileSystem, fstab: await fstabOf(fileSystem) })
  }
  const roots: DiskRoot[] = []
  const mounted = new Set<DiskVolume>()
  for (const one of readable) {
    if (one.fstab === null) continue
    const parts = readable.filter(other => other.fstab === null)
    roots.push(await machineRoot(one, one.fstab, parts, volumes, mounted))
  }
  for (const { volume, fileSystem, fstab } of readable) {
    if (fstab !== null || mounted.has(volume)) continue
    const tree = diskTree([{ path: '', fileSystem }])
    roots.push({ name: volume.name, tree, mounts: [{ path: '', volume: volume.name }], missing: [] })
  }
  return roots
}

async function fstabOf(fileSystem: DiskFileSystem): Promise<string | null> {
  const read = await diskTree([{ path: '', fileSystem }]).read('etc/fstab', FSTAB_BYTES)
  return read.ok ? decodeUtf8(read.value) : null
}

async function machineRoot(
  { volume, fileSystem }: Readable,
  fstab: string,
  parts: readonly Readable[],
  volumes: readonly DiskVolume[],
  mounted: Set<DiskVolume>,
): Promise<DiskRoot> {
  const mounts: Mount[] = [{ path: '', fileSystem }]
  const shown = [{ path: '', volume: volume.name }]
  const missing: { path: string; spec: string }[] = []
  // Outer mounts first: an inner one lies on the file system that is mounted there.
  const entries = parseFstab(fstab).toSorted((a, b) => a.path.split('/').length - b.path.split('/').length)
  for (const { spec, path, type } of entries) {
    if (path === '') continue
    const part = parts.find(one => isNamed(one.volume, spec))
    if (part === undefined) {
      if (DISK_TYPES.has(type) && !volumes.some(one => isNamed(one, spec))) missing.push({ path, spec })
      continue
    }
    const place = await placeOf(mounts, path)
    if (place === null || mounts.some(one => one.path === place)) continue
    mounts.push({ path: place, fileSystem: part.fileSystem })
    shown.push({ path: place, volume: part.volume.name })
    mounted.add(part.volume)
  }
  return { name: volume.name, tree: diskTree(mounts), mounts: shown, missing }
}

/** Where the mount point lies without links; `null` where none is, or it cannot be read: the volume is then read apart. */
async function placeOf(mounts: readonly Mount[], path: string): Promise<string | null> {
  try {
    return await resolveDirectory(mounts, path)
  } catch (thrown) {
    if (thrown instanceof DiskFault) return null
    throw thrown
  }
}

/** UUIDs are compared without regard to case, as blkid does. */
function isNamed({ names }: DiskVolume, spec: string): boolean {
  const lower = spec.toLowerCase()
  return names.some(name => name === spec || (/uuid[=/]/i.test(name) && name.toLowerCase() === lower))
}
