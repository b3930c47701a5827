import { ListSnapshotBlocksCommand } from '@aws-sdk/client-ebs'
import type { EBSClient, ListSnapshotBlocksResponse } from '@aws-sdk/client-ebs'
import { ebsFaultOf, EbsFault } from './ebs-fault.ts'

/** Blocks of one page at most, which is what the API gives at most. (EBS direct APIs, ListSnapshotBlocks) */
const PAGE_BLOCKS = 10_000
/** Pages whose tokens stay in memory: some 30 MB, and the tokens of 160 GiB. */
const REMEMBERED_PAGES = 32
/** A page may be empty and name a next one; so many in a row lead nowhere. */
const MOST_EMPTY_PAGES = 100
const BLOCK_BYTES = 512 * 1024
/** Sizes of EBS volumes end at 64 TiB. (EBS User Guide, io2 Block Express) */
const MOST_GIB = 64 * 1024

/** The blocks of a snapshot that were written, with what is needed to read each. */
export interface SnapshotListing {
  readonly sizeBytes: number
  readonly blockBytes: number
  /** Blocks that were written; all of the volume where the snapshot has more of them than one page lists. */
  readonly blocksTotal: number
  /** The token to read a block with; `null` for a block that was never written. */
  tokenOf(block: number): Promise<string | null>
  /** Forgets the token of a block, which is no longer taken: tokens end after some days. */
  forget(block: number): void
}

/** Part of the list: of all blocks from `from` until `until`, those with a token were written. */
interface Page {
  readonly from: number
  readonly until: number
  readonly tokens: ReadonlyMap<number, string>
}

/**
 * Opens the list of a snapshot's blocks. It is read where it is asked for: a volume of a terabyte has two million blocks,
 * of which a scan reads some thousands. Throws an `EbsFault`.
 */
export async function openSnapshotListing(client: EBSClient, snapshot: string): Promise<SnapshotListing> {
  const first = await listPage(client, snapshot, { startingBlockIndex: 0 })
  const gib = first.VolumeSize ?? 0
  if (!Number.isInteger(gib) || gib < 1 || gib > MOST_GIB) {
    throw new EbsFault('refused', `AWS says that the volume of ${snapshot} has ${gib} GiB.`)
  }
  const blockBytes = blockBytesOf(first.BlockSize)
  const blockCount = (gib * 1024 ** 3) / blockBytes
  /** Oldest use first. */
  let pages: Page[] = []
  const underway = new Map<number, Promise<Page>>()

  function keep(page: Page): Page {
    pages = [...pages.filter(({ from }) => from !== page.from), page].slice(-REMEMBERED_PAGES)
    return page
  }

  async function readPage(from: number, answer: ListSnapshotBlocksResponse | null): Promise<Page> {
    let response = answer ?? (await listPage(client, snapshot, { startingBlockIndex: from }))
    for (let empty = 0; (response.Blocks ?? []).length === 0 && response.NextToken; empty += 1) {
      if (empty === MOST_EMPTY_PAGES)
        throw new EbsFault('refused', `AWS lists no blocks of ${snapshot} and does not end.`)
      response = await listPage(client, snapshot, { nextToken: response.NextToken })
    }
    const tokens = new Map<number, string>()
    let until = from
    for (const { BlockIndex, BlockToken } of response.Blocks ?? []) {
      // An emulator writes numbers as text.
      const index = Number(BlockIndex)
      if (!Number.isSafeInteger(index) || index < 0 || index >= blockCount || typeof BlockToken !== 'string') {
        throw new EbsFault('refused', `AWS lists block ${index} of ${snapshot}, which has ${blockCount}.`)
      }
      tokens.set(index, BlockToken)
      until = Math.max(until, index + 1)
    }
    return keep({ from, until: response.NextToken ? until : blockCount, tokens })
  }

  async function pageWith(block: number): Promise<Page> {
    const known = pages.find(({ from, until }) => block >= from && block < until)
    if (known !== undefined) return pages.at(-1) === known ? known : keep(known)
    // Pages begin at fixed places, so that readers of neighbouring blocks wait for the same one. A page lists as many
    // blocks as lie between two of those places, so it reaches the next.
    const from = Math.floor(block / PAGE_BLOCKS) * PAGE_BLOCKS
    const pending = underway.get(from)
    if (pending !== undefined) return pending
    const started = readPage(from, null).finally(() => underway.delete(from))
    underway.set(from, started)
    return started
  }

  const whole = await readPage(0, first)
  return {
    sizeBytes: gib * 1024 ** 3,
    blockBytes,
    blocksTotal: whole.until === blockCount ? whole.tokens.size : blockCount,
    async tokenOf(block) {
      let page = await pageWith(block)
      // AWS may end a page early; then the rest of it begins where the block is.
      if (block >= page.until) page = await readPage(block, null)
      if (block >= page.until) throw new EbsFault('refused', `AWS does not list block ${block} of ${snapshot}.`)
      return page.tokens.get(block) ?? null
    },
    forget(block) {
      pages = pages.filter(({ from, until }) => block < from || block >= until)
    },
  }
}

async function listPage(
  client: EBSClient,
  snapshot: string,
  from: { startingBlockIndex: number } | { nextToken: string },
): Promise<ListSnapshotBlocksResponse> {
  const place = 'nextToken' in from ? { NextToken: from.nextToken } : { StartingBlockIndex: from.startingBlockIndex }
  try {
    return await client.send(new ListSnapshotBlocksCommand({ SnapshotId: snapshot, MaxResults: PAGE_BLOCKS, ...place }))
  } catch (thrown) {
    throw ebsFaultOf(thrown, 'ebs:ListSnapshotBlocks', snapshot)
  }
}

/** Half a mebibyte since the service began. An emulator says 512, which are kibibytes. */
function blockBytesOf(said: number | undefined): number {
  const isBelievable = said !== undefined && said >= 4096 && said <= 16 << 20 && (said & (said - 1)) === 0
  return isBelievable ? said : BLOCK_BYTES
}
