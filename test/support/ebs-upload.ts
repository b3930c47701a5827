import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { CompleteSnapshotCommand, PutSnapshotBlockCommand, StartSnapshotCommand } from '@aws-sdk/client-ebs'
import type { EBSClient } from '@aws-sdk/client-ebs'

const BLOCK_BYTES = 512 * 1024
const PARALLEL_WRITES = 8

/** Makes a snapshot of a disk image, leaving out blocks of zeros as EBS does; its id, and how many blocks it has. */
export async function uploadSnapshot(client: EBSClient, image: string): Promise<{ id: string; blocks: number }> {
  const { size } = statSync(image)
  const started = await client.send(new StartSnapshotCommand({ VolumeSize: Math.ceil(size / 2 ** 30) }))
  const id = started.SnapshotId ?? ''
  const file = openSync(image, 'r')
  let [next, blocks] = [0, 0]
  async function write(): Promise<void> {
    while (next * BLOCK_BYTES < size) {
      const index = next
      next += 1
      const block = Buffer.alloc(BLOCK_BYTES)
      readSync(file, block, 0, BLOCK_BYTES, index * BLOCK_BYTES)
      if (block.every(byte => byte === 0)) continue
      blocks += 1
      await client.send(
        new PutSnapshotBlockCommand({
          SnapshotId: id,
          BlockIndex: index,
          BlockData: block,
          DataLength: BLOCK_BYTES,
          Checksum: createHash('sha256').update(block).digest('base64'),
          ChecksumAlgorithm: 'SHA256',
        }),
      )
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_WRITES }, write))
  closeSync(file)
  await client.send(new CompleteSnapshotCommand({ SnapshotId: id, ChangedBlocksCount: blocks }))
  return { id, blocks }
}
