import { DiskFault } from '../block-device.ts'
import type { BlockDevice } from '../block-device.ts'
import type { DiskFileSystem, DiskNode } from '../disk-file-system.ts'
import { listXfsDirectory } from './directory.ts'
import { xfsExtents } from './extents.ts'
import { readXfsInode } from './inode.ts'
import type { XfsInode } from './inode.ts'
import { replayedXfs } from './log/replayed-device.ts'
import { readXfsSymlink } from './symlink.ts'
import { readXfsSuperblock } from './superblock.ts'
import type { XfsGeometry } from './superblock.ts'

/** Bytes that are asked of the device at once. */
const PIECE_BYTES = 4 << 20

/**
 * XFS of versions 4 and 5, its log replayed in memory, read and never written; `null` when the device holds another kind of
 * file system.
 */
export async function openXfs(asItLies: BlockDevice): Promise<DiskFileSystem | null> {
  const before = await readXfsSuperblock(asItLies)
  if (before === null) return null
  const { device, note, problem, unfinished } = await replayedXfs(asItLies, before)
  // The log may hold a newer one: the file system may have grown.
  const geometry = (await readXfsSuperblock(device)) ?? before
  const listed = new Set<number>()
  let unlistedBytes = geometry.totalBlocks * geometry.blockBytes

  return {
    type: 'xfs',
    uuid: geometry.uuid,
    label: geometry.label,
    notes: note === null ? geometry.notes : [...geometry.notes, note],
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
      const inode = await readXfsInode(device, geometry, node)
      return unfinished.has(node) ? inMotion(inode) : nodeOf(device, geometry, inode)
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

/** A file of which blocks were about to be exchanged for others: what is there now is neither the old nor the new content. */
function inMotion({ number, kind, sizeBytes, mode }: XfsInode): DiskNode {
  return {
    kind,
    sizeBytes,
    mode,
    async read() {
      throw new DiskFault(
        'unsupported',
        `inode ${number} was in use: its journal ends while its content is being moved`,
      )
    },
  }
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
