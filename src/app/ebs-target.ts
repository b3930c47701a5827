import { haveBlocksChanged } from '../aws/changed-blocks.ts'
import { ebsClient } from '../aws/ebs-client.ts'
import { EbsFault } from '../aws/ebs-fault.ts'
import { openEbsSnapshot, type EbsSnapshot } from '../aws/ebs-snapshot.ts'
import { err, ok, type Result } from '../base/result.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { analyzerSet } from '../inventory/analyzer-set.ts'
import type { ReadDisk } from '../inventory/disk/disk-inventory.ts'
import { readDiskSource, type DiskTargetOptions } from './disk-target.ts'
import { snapshotMemory, type RememberedSnapshot } from './snapshot-memory.ts'

/** Raise when the readers of disks would find other files on the same disk. */
const DISK_REVISION = 2

/**
 * Reads an EBS snapshot, or takes what an earlier one of its volume held when none of the blocks that this rested on has
 * changed since. The error is one sentence that says what is missing.
 */
export async function readEbsSnapshot(
  snapshot: string,
  memoryDirectory: string,
  options: DiskTargetOptions,
): Promise<Result<ReadDisk, string>> {
  const client = ebsClient()
  const memory = snapshotMemory(memoryDirectory)
  const revision = `${DISK_REVISION} ${analyzerSet(ECOSYSTEMS).revision}`
  try {
    options.progress(`Listing the blocks of ${snapshot} …`)
    const source = await openEbsSnapshot(client, snapshot)
    const known = await unchangedOf(client, source, await memory.ofSize(source.sizeBytes, revision))
    if (known.remembered !== null) {
      const { found, blocks } = known.remembered
      await memory.keep({ snapshot, revision, sizeBytes: source.sizeBytes, blocks, found })
      return ok(rememberedDisk(known.remembered, source))
    }
    const read = await readDiskSource(source, snapshot, options)
    if (!read.ok) return read
    const { trees, scheme, volumes, notes } = read.value
    const found = { trees, scheme, volumes, notes }
    // What could not be read this time may be readable the next.
    if (!source.hasFailed()) {
      await memory.keep({ snapshot, revision, sizeBytes: source.sizeBytes, blocks: source.blocksAsked(), found })
    }
    return ok({ ...read.value, notes: [...notes, ...known.notes] })
  } catch (thrown) {
    if (thrown instanceof EbsFault) return err(thrown.message)
    throw thrown
  } finally {
    client.destroy()
  }
}

/** Without the permission to compare snapshots the disk is read whole, which is told: it costs only time. */
async function unchangedOf(
  client: ReturnType<typeof ebsClient>,
  source: EbsSnapshot,
  candidates: readonly RememberedSnapshot[],
): Promise<{ readonly remembered: RememberedSnapshot | null; readonly notes: readonly string[] }> {
  // A snapshot never changes.
  const same = candidates.find(({ snapshot }) => snapshot === source.snapshot)
  if (same !== undefined) return { remembered: same, notes: [] }
  for (const candidate of candidates) {
    try {
      const verdict = await haveBlocksChanged(client, candidate.snapshot, source.snapshot, candidate.blocks)
      if (verdict === 'unchanged') return { remembered: candidate, notes: [] }
      // Older snapshots of the same volume differ in at least as much.
      if (verdict === 'changed') return { remembered: null, notes: [] }
    } catch (thrown) {
      if (!(thrown instanceof EbsFault)) throw thrown
      // The earlier snapshot may be gone by now.
      if (thrown.reason === 'not-found') continue
      return { remembered: null, notes: [`${thrown.message} So all was read anew.`] }
    }
  }
  return { remembered: null, notes: [] }
}

function rememberedDisk({ found, snapshot }: RememberedSnapshot, source: EbsSnapshot): ReadDisk {
  const { blockBytes, blocksTotal } = source
  const note =
    snapshot === source.snapshot
      ? 'the snapshot was read before: nothing was read anew'
      : `no block that the scan of ${snapshot} rested on has changed since: nothing was read anew`
  return {
    ...found,
    notes: [...found.notes, note],
    usage: { blockBytes, blocksRead: 0, blocksTotal },
    blocksRead: [],
  }
}
