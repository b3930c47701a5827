import { isDeepStrictEqual } from 'node:util'
import { readRecordedDirectory } from '../../src/aws/network/read-directory.ts'
import { parseRecordedNetwork } from '../../src/aws/network/read-recorded.ts'
import type { RecordedCall } from '../../src/aws/network/recorded-calls.ts'
import { recordingFiles } from '../../src/aws/network/write-recording.ts'
import type { NetworkSnapshot } from '../../src/domain/network/network-snapshot.ts'
import { analyzeNetwork } from '../../src/reachability/analyze-network.ts'
import { memoryTree } from '../support/memory-tree.ts'
import { recordedNetwork } from '../support/recorded-network.ts'
import type { FuzzTarget } from './target.ts'

/** Recorded answers of AWS, each call alone and all in one file; what they describe is analysed. */
export function networkTargets(): readonly FuzzTarget[] {
  const calls = recordedNetwork()
  return [
    { name: 'recorded network call', seeds: calls.map(call => bytesOf(call)), run: readAndAnalyze },
    { name: 'recorded network', seeds: [bytesOf(calls)], run: readAndAnalyze },
  ]
}

async function readAndAnalyze(input: Uint8Array): Promise<void> {
  const { calls } = await readRecordedDirectory(memoryTree(new Map([['eu-west-1/answers.json', input]])))
  const { snapshot } = parseRecordedNetwork(calls)
  expectSound(snapshot)
  const [first] = analyzeNetwork(snapshot).paths
  if (first !== undefined && first.sources.length === 0) throw new Error('a path without sources')
  await expectSameFromFiles(calls, snapshot)
}

/** What was read is written and read again. */
async function expectSameFromFiles(calls: readonly RecordedCall[], snapshot: NetworkSnapshot): Promise<void> {
  const known = calls.filter(({ call }) => call !== '*')
  const files = new Map([...recordingFiles(known)].map(({ path, text }) => [path, new TextEncoder().encode(text)]))
  const again = parseRecordedNetwork((await readRecordedDirectory(memoryTree(files))).calls).snapshot
  for (const name of ['vpcs', 'subnets', 'interfaces', 'securityGroups', 'routeTables', 'networkAcls'] as const) {
    if (!isDeepStrictEqual(again[name], snapshot[name])) throw new Error(`a recording of ${name} tells something else`)
  }
}

function expectSound(snapshot: NetworkSnapshot): void {
  for (const [name, list] of Object.entries(snapshot)) {
    if (!Array.isArray(list)) continue
    const ids = list.flatMap((item: unknown) => idOf(item) ?? [])
    for (const [index, id] of ids.entries()) {
      if (!/^[\w.:/+=@*-]+$/.test(id)) throw new Error(`${name} holds the id ${JSON.stringify(id)}`)
      const before = ids[index - 1]
      if (before !== undefined && before > id) throw new Error(`${name} is not in order: ${before}, ${id}`)
    }
  }
  for (const { ingress, egress } of snapshot.securityGroups) {
    for (const { ports } of [...ingress, ...egress]) {
      if (ports.begin > ports.end || ports.begin < 0 || ports.end > 65_535) throw new Error('ports that are none')
    }
  }
}

function idOf(item: unknown): string | null {
  if (typeof item !== 'object' || item === null || !('id' in item)) return null
  return typeof item.id === 'string' ? item.id : null
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
