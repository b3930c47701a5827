import { deviceSlice, DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import type { DiskFileSystem, DiskNode } from '../disk-file-system.ts'
import { listXfsDirectory } from './directory.ts'
import { xfsExtents } from './extents.ts'
import { readXfsInode } from './inode.ts'
import type { XfsInode } from './inode.ts'
import { isXfsLogClean } from './log.ts'
import { readXfsSymlink } from './symlink.ts'
import { readXfsSuperblock } from './superblock.ts'
import type { XfsGeometry } from './superblock.ts'

/** Bytes that are asked of the device at once. */
const PIECE_BYTES = 4 << 20

/** XFS of versions 4 and 5, read and never written; `null` when the device holds another kind of file system. */
export async function openXfs(device: BlockDevice): Promise<DiskFileSystem | null> {
  const geometry = await readXfsSuperblock(device)
  if (geometry === null) return null
  const problem = await problemOfLog(device, geometry)
  const listed = new Set<number>()
  let unlistedBytes = geometry.totalBlocks * geometry.blockBytes

  return {
    type: 'xfs',
    uuid: geometry.uuid,
    label: geometry.label,
    notes: geometry.notes,
    problem,
    rootNode: geometry.rootInode,
    async list(directory, each) {
      const inode = await readXfsInode(device, geometry, directory)
      const isNew = !listed.has(directory)
      listed.add(directory)
      await listXfsDirectory(device, geometry, inode, each, bytes => {
        // Directories of a sound disk share no block, so all of them together are no larger than the disk.
        if (isNew) unlistedBytes -= bytes
        if (unlistedBytes < 0) throw new DiskFault('limit-exceeded', 'directories are larger than the file system')
      })
    },
    async open(node) {
      return nodeOf(device, geometry, await readXfsInode(device, geometry, node))
    },
  }
}

function nodeOf(device: BlockDevice, geometry: XfsGeometry, inode: XfsInode): DiskNode {
  const { kind, sizeBytes, mode } = inode
  if (kind === 'symlink') {
    return {
      kind,
      sizeBytes,
      async read(offset, length) {
        const target = await readXfsSymlink(device, geometry, inode)
        return target.subarray(offset, offset + length)
      },
    }
  }
  return { kind, sizeBytes, mode, read: (offset, length) => readFile(device, geometry, inode, offset, length) }
}

async function readFile(
  device: BlockDevice,
  geometry: XfsGeometry,
  inode: XfsInode,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  if (inode.kind !== 'file') throw new DiskFault('malformed', `inode ${inode.number} is no file`)
  if (inode.isRealtime) throw new DiskFault('unsupported', 'the file lies on an XFS realtime device')
  if (inode.format !== 'extents' && inode.format !== 'btree') {
    throw new DiskFault('malformed', `inode ${inode.number} is a file without extents`)
  }
  const { blockBytes } = geometry
  const end = Math.min(offset + length, inode.sizeBytes)
  // Holes are what is not written over.
  const content = new Uint8Array(Math.max(0, end - offset))
  if (content.byteLength === 0) return content
  const wanted = { from: Math.floor(offset / blockBytes), until: Math.ceil(end / blockBytes) }
  for await (const extent of xfsExtents(device, geometry, inode, wanted)) {
    if (extent.isUnwritten) continue
    const begin = extent.fileBlock * blockBytes
    const until = Math.min(end, begin + extent.blockCount * blockBytes)
    for (let at = Math.max(offset, begin); at < until; at += PIECE_BYTES) {
      const piece = await device.read(extent.offset + at - begin, Math.min(PIECE_BYTES, until - at))
      content.set(piece, at - offset)
    }
  }
  return content
}

/** The newest changes may be in the log alone. It is not replayed, which is to say: the disk is read as it was before them. */
async function problemOfLog(device: BlockDevice, { log }: XfsGeometry): Promise<string | null> {
  if (log === null) return 'its journal is on another device, so the newest changes may be missing'
  const isClean = await isXfsLogClean(deviceSlice(device, log.offset, log.sizeBytes))
  return isClean ? null : 'was in use, and its journal is not replayed: the newest changes may be missing'
}
