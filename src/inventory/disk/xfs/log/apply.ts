import { viewOf } from '../../bytes.ts'
import { hasChecksum, setChecksum } from '../bytes.ts'
import type { XfsGeometry } from '../superblock.ts'
import { uuidAt } from '../superblock.ts'
import { applyInodeChange, INODE_CRC_AT, INODE_MAGIC, makeInodes } from './apply-inode.ts'
import type { BufferChange, LogChange } from './change.ts'

/** Where blocks of version 5 that we read say who they are. They begin with their magic number. */
interface SelfDescription {
  readonly crcAt: number
  readonly lsnAt: number
  readonly uuidAt: number
}

const DIRECTORY = { crcAt: 4, lsnAt: 16, uuidAt: 24 }
const SELF_DESCRIPTIONS: ReadonlyMap<number, SelfDescription> = new Map([
  [0x58444233, DIRECTORY], // 'XDB3'
  [0x58444433, DIRECTORY], // 'XDD3'
  [0x424d4133, { crcAt: 64, lsnAt: 32, uuidAt: 40 }], // 'BMA3'
  [0x58534c4d, { crcAt: 12, lsnAt: 48, uuidAt: 16 }], // 'XSLM'
])
const SUPERBLOCK = { magic: 0x58465342, crcAt: 224 } // 'XFSB'

/**
 * Makes the changes of a part of the device, in their order, in its bytes, which begin at `offset`. What lies there already
 * from a later time is kept. Checksums are those of what comes out, as when the kernel writes it; those of the log vouch for it.
 */
export function applyChanges(
  bytes: Uint8Array,
  offset: number,
  changes: readonly LogChange[],
  geometry: XfsGeometry,
  headLsn: bigint,
): void {
  const onDisk = Uint8Array.from(bytes)
  const changed = new Map<number, BufferChange>()
  for (const change of changes) {
    const at = change.offset - offset
    const part = bytes.subarray(at, at + change.length)
    switch (change.is) {
      case 'buffer': {
        const written = lsnOf(onDisk.subarray(at, at + change.length), geometry)
        // A block cannot be of a time that is still to come: then it only looks like one.
        if (written !== null && written >= change.lsn && written <= headLsn) break
        for (const patch of change.patches) part.set(patch.bytes, patch.at)
        changed.set(at * 256 + change.length / 512, change)
        break
      }
      case 'inode':
        applyInodeChange(part, change, geometry)
        break
      case 'inode chunk':
        makeInodes(part, change, geometry)
        break
    }
  }
  if (!geometry.hasChecksums) return
  for (const { offset: start, length } of changed.values()) {
    sealBlock(bytes.subarray(start - offset, start - offset + length), geometry)
  }
}

/** When a block was written last; `null` where it does not say, or its checksum is wrong because only a part of it was written. */
function lsnOf(block: Uint8Array, { hasChecksums, metadataUuid }: XfsGeometry): bigint | null {
  if (!hasChecksums) return null
  const view = viewOf(block)
  const own = SELF_DESCRIPTIONS.get(view.getUint32(0))
  if (own === undefined || uuidAt(block, own.uuidAt) !== metadataUuid || !hasChecksum(block, own.crcAt)) return null
  const lsn = view.getBigUint64(own.lsnAt)
  return lsn === 0n ? null : lsn
}

function sealBlock(block: Uint8Array, geometry: XfsGeometry): void {
  const view = viewOf(block)
  const magic = view.getUint32(0)
  const own = SELF_DESCRIPTIONS.get(magic)
  if (own !== undefined) setChecksum(block, own.crcAt)
  else if (magic === SUPERBLOCK.magic) setChecksum(block, SUPERBLOCK.crcAt)
  else if (view.getUint16(0) === INODE_MAGIC) {
    const { inodeBytes } = geometry
    for (let at = 0; at + inodeBytes <= block.byteLength; at += inodeBytes) {
      const inode = block.subarray(at, at + inodeBytes)
      if (viewOf(inode).getUint16(0) === INODE_MAGIC) setChecksum(inode, INODE_CRC_AT)
    }
  }
}
