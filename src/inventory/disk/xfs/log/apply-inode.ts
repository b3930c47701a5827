import { DiskFault } from '../../block-device.ts'
import { formatUuid, viewOf } from '../../bytes.ts'
import { setChecksum } from '../bytes.ts'
import type { XfsGeometry } from '../superblock.ts'
import type { InodeChange, InodeChunkChange } from './change.ts'

export const INODE_MAGIC = 0x494e // 'IN'
export const INODE_CRC_AT = 100
/** Fixed parts of an inode; behind them lies what it holds. */
const HEADER_BYTES = { version4: 100, version5: 176 }
/** Offsets in `xfs_dinode`. */
const AT = {
  version: 4,
  flushes: 30,
  forkOffset: 82,
  generation: 92,
  nextUnlinked: 96,
  lsn: 112,
  number: 152,
  uuid: 160,
}
/** The counter of version 4 begins again behind this one. (`DI_MAX_FLUSH`) */
const MOST_FLUSHES = 0xffff
/**
 * Fields of the fixed part, by their width: the log has them in the byte order of the machine. Bytes that are not named are
 * one byte wide or in no order. Times are two numbers of four bytes, or one of eight; which of them says a flag.
 */
const NARROW = [0, 2, 6, 20, 22, 80, 88, 90]
const WIDE = [8, 12, 16, 72, 76, 84, 92]
const WIDEST = [56, 64]
const TIMES = [32, 40, 48]
const VERSION_5 = { wide: [128], widest: [104, 120, 152], times: [144], flags: 120 }
const BIG_TIMES = 0x8n
const MANY_EXTENTS = 0x10n

/** Makes an inode what it was after a transaction, unless it is of a later one. (`xlog_recover_inode_commit_pass2`) */
export function applyInodeChange(inode: Uint8Array, change: InodeChange, geometry: XfsGeometry): void {
  const { core, number, lsn } = change
  const { hasChecksums } = geometry
  const view = viewOf(inode)
  const logged = viewOf(core)
  if (view.getUint16(0) !== INODE_MAGIC) {
    throw new DiskFault('malformed', `the journal changes inode ${number}, and there is none`)
  }
  const version = core[AT.version] ?? 0
  const isKnown = hasChecksums ? version === 3 : version === 1 || version === 2
  if (logged.getUint16(0, true) !== INODE_MAGIC || !isKnown) {
    throw new DiskFault('malformed', `the journal makes inode ${number} none`)
  }
  if (hasChecksums ? isWrittenAfter(view, lsn) : isFlushedAfter(view, logged)) return

  if (hasChecksums) {
    const uuid = formatUuid(core.subarray(AT.uuid, AT.uuid + 16))
    if (logged.getBigUint64(AT.number, true) !== BigInt(number) || uuid !== geometry.metadataUuid) {
      throw new DiskFault('malformed', `inode ${number} of the journal belongs to another place or file system`)
    }
  }
  const unlinked = view.getUint32(AT.nextUnlinked)
  inode.set(inBigEndian(core, hasChecksums))
  view.setUint32(AT.nextUnlinked, unlinked)
  if (hasChecksums) view.setBigUint64(AT.lsn, lsn)
  else view.setUint16(AT.flushes, 0)
  setFork(inode, change, geometry)
  if (hasChecksums) setChecksum(inode, INODE_CRC_AT)
}

function isWrittenAfter(inode: DataView, lsn: bigint): boolean {
  const written = inode.getBigUint64(AT.lsn)
  return written !== 0n && written !== 0xffff_ffff_ffff_ffffn && written > lsn
}

/** Version 4 counts how often an inode was written. */
function isFlushedAfter(inode: DataView, logged: DataView): boolean {
  const [here, there] = [inode.getUint16(AT.flushes), logged.getUint16(AT.flushes, true)]
  const hasBegunAgain = here === MOST_FLUSHES && there < MOST_FLUSHES >> 1
  return there < here && !hasBegunAgain
}

function inBigEndian(core: Uint8Array, isVersion5: boolean): Uint8Array {
  const bytes = Uint8Array.from(core)
  const flags = isVersion5 ? viewOf(core).getBigUint64(VERSION_5.flags, true) : 0n
  const swap = (places: readonly number[], width: number): void => {
    for (const at of places) bytes.subarray(at, at + width).reverse()
  }
  swap(NARROW, 2)
  swap(WIDE, 4)
  swap(WIDEST, 8)
  if (isVersion5) {
    swap(VERSION_5.wide, 4)
    swap(VERSION_5.widest, 8)
  }
  const times = [...TIMES, ...(isVersion5 ? VERSION_5.times : [])]
  if ((flags & BIG_TIMES) === 0n) swap([...times, ...times.map(at => at + 4)], 4)
  else swap(times, 8)
  // Number of extents; unused otherwise, but for a counter of version 4.
  if ((flags & MANY_EXTENTS) !== 0n) swap([24], 8)
  else bytes.fill(0, 24, 32)
  return bytes
}

function setFork(inode: Uint8Array, { fork, number }: InodeChange, { inodeBytes, hasChecksums }: XfsGeometry): void {
  const headerBytes = hasChecksums ? HEADER_BYTES.version5 : HEADER_BYTES.version4
  const attributesAt = (inode[AT.forkOffset] ?? 0) * 8
  const room = attributesAt === 0 ? inodeBytes - headerBytes : attributesAt
  if (headerBytes + room > inodeBytes) {
    throw new DiskFault('malformed', `inode ${number} of the journal has its attributes outside itself`)
  }
  if (fork === null) return
  const bytes = fork.is === 'as it lies' ? fork.bytes : rootOnDisk(fork.bytes, room, number, hasChecksums)
  if (bytes.byteLength > room) {
    throw new DiskFault('malformed', `inode ${number} of the journal has ${bytes.byteLength} bytes in itself`)
  }
  inode.set(bytes, headerBytes)
}

const TREE_HEADER_BYTES = { version4: 24, version5: 72 }
const RECORD_BYTES = 16
const ROOT_HEADER_BYTES = 4

/**
 * The root of a tree of extents as it lies in an inode: level and count, then all keys, then all pointers, behind room for
 * as many keys as there may be. In memory it has the header of a block, and other room. (`xfs_bmbt_to_bmdr`)
 */
function rootOnDisk(inMemory: Uint8Array, room: number, number: number, hasChecksums: boolean): Uint8Array {
  const headerBytes = hasChecksums ? TREE_HEADER_BYTES.version5 : TREE_HEADER_BYTES.version4
  const most = Math.floor((room - ROOT_HEADER_BYTES) / RECORD_BYTES)
  const mostInMemory = Math.floor((inMemory.byteLength - headerBytes) / RECORD_BYTES)
  const count = inMemory.byteLength < headerBytes ? 0 : viewOf(inMemory).getUint16(6)
  if (count === 0 || count > most || count > mostInMemory) {
    throw new DiskFault('malformed', `the root of the extents of inode ${number} in the journal has ${count} children`)
  }
  const root = new Uint8Array(ROOT_HEADER_BYTES + most * RECORD_BYTES)
  root.set(inMemory.subarray(4, 8))
  const [keysAt, pointersAt] = [headerBytes, headerBytes + mostInMemory * 8]
  root.set(inMemory.subarray(keysAt, keysAt + count * 8), ROOT_HEADER_BYTES)
  root.set(inMemory.subarray(pointersAt, pointersAt + count * 8), ROOT_HEADER_BYTES + most * 8)
  return root
}

/** Free inodes of version 5, each with its number: what the log says of them only as a whole. (`xfs_ialloc_inode_init`) */
export function makeInodes(
  bytes: Uint8Array,
  { firstInode, generation }: InodeChunkChange,
  geometry: XfsGeometry,
): void {
  const { inodeBytes, metadataUuid } = geometry
  const uuid = Buffer.from(metadataUuid.replaceAll('-', ''), 'hex')
  bytes.fill(0)
  for (let at = 0; at < bytes.byteLength; at += inodeBytes) {
    const inode = bytes.subarray(at, at + inodeBytes)
    const view = viewOf(inode)
    view.setUint16(0, INODE_MAGIC)
    view.setUint8(AT.version, 3)
    view.setUint32(AT.generation, generation)
    view.setUint32(AT.nextUnlinked, 0xffff_ffff)
    view.setBigUint64(AT.number, BigInt(firstInode + at / inodeBytes))
    inode.set(uuid, AT.uuid)
    setChecksum(inode, INODE_CRC_AT)
  }
}
