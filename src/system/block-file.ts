import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { DiskFault } from '../inventory/disk/block-device.ts'
import type { BlockSource } from '../inventory/disk/block-device.ts'

/** As large as the blocks of an EBS snapshot, so that figures compare. */
const BLOCK_BYTES = 512 * 1024

/** A raw image of a disk, or a device such as `/dev/sda`, as a source of blocks; the error says what is wrong with it. */
export async function openBlockFile(path: string): Promise<Result<BlockSource, string>> {
  let file: FileHandle | null = null
  try {
    file = await open(path, 'r')
    const stat = await file.stat()
    if (!stat.isFile() && !stat.isBlockDevice()) {
      await file.close()
      return err('it is neither a file nor a block device')
    }
    const sizeBytes = stat.isFile() ? stat.size : await sizeOfDevice(file)
    return ok(blockSource(file, sizeBytes))
  } catch (thrown) {
    await file?.close()
    if (isSystemError(thrown)) return err(thrown.code)
    throw thrown
  }
}

function blockSource(file: FileHandle, sizeBytes: number): BlockSource {
  return {
    sizeBytes,
    blockBytes: BLOCK_BYTES,
    blocksTotal: Math.ceil(sizeBytes / BLOCK_BYTES),
    async readBlock(index) {
      const at = index * BLOCK_BYTES
      const block = new Uint8Array(Math.min(BLOCK_BYTES, sizeBytes - at))
      try {
        const filled = await readInto(file, block, at)
        return filled === block.byteLength ? block : block.subarray(0, filled)
      } catch (thrown) {
        if (!isSystemError(thrown)) throw thrown
        throw new DiskFault('unreadable', `block ${index} of the disk: ${thrown.code}`, { cause: thrown })
      }
    },
    close: () => file.close(),
  }
}

async function readInto(file: FileHandle, block: Uint8Array, at: number): Promise<number> {
  let filled = 0
  while (filled < block.byteLength) {
    const { bytesRead } = await file.read(block, filled, block.byteLength - filled, at + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

/** A block device says that it has 0 bytes: the last byte that can be read tells its size. */
async function sizeOfDevice(file: FileHandle): Promise<number> {
  const byte = new Uint8Array(1)
  const canRead = async (at: number): Promise<boolean> => (await file.read(byte, 0, 1, at)).bytesRead === 1
  if (!(await canRead(0))) return 0
  let [last, beyond] = [0, 1]
  while (beyond < 2 ** 52 && (await canRead(beyond))) [last, beyond] = [beyond, beyond * 2]
  while (beyond - last > 1) {
    const middle = last + Math.floor((beyond - last) / 2)
    if (await canRead(middle)) last = middle
    else beyond = middle
  }
  return beyond
}

function isSystemError(thrown: unknown): thrown is Error & { readonly code: string } {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
}
