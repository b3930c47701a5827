import { ListChangedBlocksCommand } from '@aws-sdk/client-ebs'
import type { EBSClient, ListChangedBlocksResponse } from '@aws-sdk/client-ebs'
import { ebsFaultOf, EbsFault } from './ebs-fault.ts'

const PAGE_BLOCKS = 10_000
/** A snapshot of 64 TiB has so many pages of blocks, and as many again may be empty. */
const MOST_PAGES = 30_000

/**
 * Whether any of `blocks` (ascending) differs between two snapshots of one volume. Ends at the first that does. `unrelated`
 * when AWS says that they are not of one volume, so that nothing follows. Throws an `EbsFault`.
 */
export async function haveBlocksChanged(
  client: EBSClient,
  before: string,
  now: string,
  blocks: readonly number[],
): Promise<'changed' | 'unchanged' | 'unrelated'> {
  const [first, last] = [blocks[0], blocks.at(-1)]
  if (first === undefined || last === undefined) return 'unchanged'
  const wanted = new Set(blocks)
  let place: { StartingBlockIndex: number } | { NextToken: string } = { StartingBlockIndex: first }
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const response = await listPage(client, before, now, place)
    if (response === 'unrelated') return 'unrelated'
    const changed = (response.ChangedBlocks ?? []).map(({ BlockIndex }) => Number(BlockIndex))
    if (changed.some(block => wanted.has(block))) return 'changed'
    if (!response.NextToken || (changed.at(-1) ?? 0) > last) return 'unchanged'
    place = { NextToken: response.NextToken }
  }
  throw new EbsFault('refused', `AWS lists the blocks that changed since ${before} and does not end.`)
}

async function listPage(
  client: EBSClient,
  before: string,
  now: string,
  place: { StartingBlockIndex: number } | { NextToken: string },
): Promise<ListChangedBlocksResponse | 'unrelated'> {
  try {
    const ids = { FirstSnapshotId: before, SecondSnapshotId: now }
    return await client.send(new ListChangedBlocksCommand({ ...ids, MaxResults: PAGE_BLOCKS, ...place }))
  } catch (thrown) {
    const fault = ebsFaultOf(thrown, 'ebs:ListChangedBlocks', now)
    if (fault.reason === 'unrelated') return 'unrelated'
    throw fault
  }
}
