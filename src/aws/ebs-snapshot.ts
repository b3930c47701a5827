import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetSnapshotBlockCommand } from '@aws-sdk/client-ebs'
import type { EBSClient, GetSnapshotBlockResponse } from '@aws-sdk/client-ebs'
import { DiskFault } from '../inventory/disk/block-device.ts'
import type { BlockSource } from '../inventory/disk/block-device.ts'
import { ebsFaultOf, EbsFault } from './ebs-fault.ts'
import { openSnapshotListing } from './snapshot-listing.ts'

/** Attempts for one block whose body broke off or did not agree with its checksum; the SDK repeats only what fails before that. */
const MOST_ATTEMPTS = 4
const FIRST_PAUSE_MS = 100

/** The blocks of an EBS snapshot, through the EBS direct APIs: no volume is made, and no machine attaches it. */
export interface EbsSnapshot extends BlockSource {
  readonly snapshot: string
  /** Numbers of all blocks that were asked for, ascending, also of those that were never written. */
  blocksAsked(): readonly number[]
  /** Whether some block could not be had: an answer without it is not the last word. */
  hasFailed(): boolean
}

/** Opens a snapshot that is complete. Throws an `EbsFault` when it may not be read; so may each read. Closing ends the client. */
export async function openEbsSnapshot(client: EBSClient, snapshot: string): Promise<EbsSnapshot> {
  const listing = await openSnapshotListing(client, snapshot)
  const { sizeBytes, blockBytes, blocksTotal } = listing
  const asked = new Set<number>()
  let hasFailed = false

  async function readOnce(block: number, token: string): Promise<Uint8Array> {
    let response: GetSnapshotBlockResponse
    try {
      const command = new GetSnapshotBlockCommand({ SnapshotId: snapshot, BlockIndex: block, BlockToken: token })
      response = await client.send(command)
    } catch (thrown) {
      throw ebsFaultOf(thrown, 'ebs:GetSnapshotBlock', snapshot)
    }
    const bytes = await bodyOf(response, blockBytes)
    assertChecksum(bytes, response, block)
    return bytes
  }

  return {
    snapshot,
    sizeBytes,
    blockBytes,
    blocksTotal,
    async readBlock(block) {
      asked.add(block)
      let isTokenFresh = false
      for (let attempt = 1; ; attempt += 1) {
        const token = await listing.tokenOf(block)
        if (token === null) return null
        try {
          return await readOnce(block, token)
        } catch (thrown) {
          if (thrown instanceof EbsFault) {
            if (thrown.reason !== 'invalid-token' || isTokenFresh) throw thrown
            listing.forget(block)
            isTokenFresh = true
            continue
          }
          if (attempt === MOST_ATTEMPTS) {
            hasFailed = true
            const detail = thrown instanceof Error ? thrown.message : String(thrown)
            throw new DiskFault('unreadable', `block ${block} of ${snapshot}: ${detail}`, { cause: thrown })
          }
          await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1))
        }
      }
    },
    async close() {
      client.destroy()
    },
    hasFailed: () => hasFailed,
    blocksAsked: () => [...asked].sort((a, b) => a - b),
  }
}

/** The body within the size of a block, whatever the other side sends. */
async function bodyOf({ BlockData }: GetSnapshotBlockResponse, blockBytes: number): Promise<Uint8Array> {
  if (BlockData === undefined || !(Symbol.asyncIterator in BlockData)) throw new Error('there is no content')
  const whole = Buffer.allocUnsafeSlow(blockBytes)
  let filled = 0
  for await (const piece of BlockData as AsyncIterable<unknown>) {
    if (!(piece instanceof Uint8Array)) throw new Error('the content is not bytes')
    if (filled + piece.byteLength > blockBytes) throw new Error(`the content has more than ${blockBytes} bytes`)
    whole.set(piece, filled)
    filled += piece.byteLength
  }
  // A short block is what its checksum says; what it does not say is zeros.
  return filled === blockBytes ? whole : whole.subarray(0, filled)
}

function assertChecksum(bytes: Uint8Array, response: GetSnapshotBlockResponse, block: number): void {
  const { Checksum, ChecksumAlgorithm } = response
  if (Checksum === undefined || (ChecksumAlgorithm ?? 'SHA256') !== 'SHA256') {
    throw new Error('there is no SHA-256 to check the content with')
  }
  if (createHash('sha256').update(bytes).digest('base64') === Checksum) return
  throw new Error(`the content of block ${block} does not agree with its SHA-256`)
}
