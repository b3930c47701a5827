import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RecordedCall } from '../aws/network/recorded-calls.ts'
import { readRecordedDirectory } from '../aws/network/read-directory.ts'
import { parseRecordedNetwork } from '../aws/network/read-recorded.ts'
import { recordingFiles } from '../aws/network/write-recording.ts'
import { parseCidr } from '../base/ip-range.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { Region } from '../domain/ids.ts'
import type { NetworkSnapshot } from '../domain/network/network-snapshot.ts'
import type { AnalysisOptions } from '../reachability/analysis-options.ts'
import { analyzeNetwork } from '../reachability/analyze-network.ts'
import { why, type Answer, type AnsweredWay } from '../reachability/why.ts'
import { systemClock } from '../system/clock.ts'
import { nodeFileTree } from '../system/file-tree.ts'

export { analyzeNetwork }
export type { AnalysisOptions, Answer, AnsweredWay }

export interface DescribedNetwork {
  readonly snapshot: NetworkSnapshot
  /** What was read though it is not as AWS writes it, and files that are of no use; one sentence each. */
  readonly warnings: readonly string[]
}

/** How accounts and Regions of live AWS are reached. */
export interface LiveNetwork {
  /** Roles to assume; none: with the credentials of this machine. */
  readonly roleArns: readonly string[]
  readonly externalId: string | null
  readonly regions: readonly Region[] | 'all' | null
  /** Directory that the answers are written to as well; `null`: they are not kept. */
  readonly recordTo: string | null
}

/** The network that a directory of recorded answers describes. */
export async function describeRecorded(directory: string): Promise<Result<DescribedNetwork, string>> {
  const isDirectory = await stat(directory).then(
    found => found.isDirectory(),
    () => false,
  )
  if (!isDirectory) return err(`${directory} is not a directory.`)
  const { calls, warnings } = await readRecordedDirectory(nodeFileTree(directory))
  if (calls.length === 0) return err(`${directory} holds no answer of AWS that is known here, as JSON files.`)
  return ok(described(calls, warnings))
}

/** The network as AWS describes it now. `progress` hears of each call. */
export async function describeLive(
  { roleArns, externalId, regions, recordTo }: LiveNetwork,
  progress: (line: string) => void,
): Promise<Result<DescribedNetwork, string>> {
  // Loaded by those who ask AWS: its clients are large.
  const [{ networkScopes }, { collectNetwork }] = await Promise.all([
    import('../aws/network/network-scopes.ts'),
    import('../aws/network/collect.ts'),
  ])
  const roles: readonly (string | null)[] = roleArns.length === 0 ? [null] : roleArns
  const accesses = roles.map(roleArn => ({ roleArn, externalId }))
  const scopes = await networkScopes(accesses, regions)
  if (!scopes.ok) return err(scopes.error.detail)
  let answered = 0
  const calls = await collectNetwork(scopes.value, {
    clock: systemClock,
    progress(call, { accountId, region }) {
      answered += 1
      progress(`${answered} answers, last ${call} of ${accountId} in ${region}`)
    },
  })
  if (recordTo !== null) await writeRecording(recordTo, calls)
  return ok(described(calls, []))
}

/** A question of the command line. */
export interface NetworkQuestion {
  /** `internet`, an address or prefix, or the id of an interface. */
  readonly from: string
  /** Instance or interface. */
  readonly to: string
  readonly port: number
  readonly protocol: 'TCP' | 'UDP'
}

/** The path from one to the other, or everything that stops it; an error for somebody that the snapshot does not know. */
export function askWhy(
  snapshot: NetworkSnapshot,
  { from, to, port, protocol }: NetworkQuestion,
  options: Partial<AnalysisOptions>,
): Result<Answer, string> {
  const isKnown = snapshot.interfaces.some(({ id, attachment }) => id === to || attachment?.instanceId === to)
  if (!isKnown && !snapshot.instances.some(({ id }) => id === to)) return err(`${to} is no instance or interface here.`)
  const cidr = parseCidr(from)
  if (from !== 'internet' && cidr === null && !snapshot.interfaces.some(({ id }) => id === from)) {
    return err(`${from} is neither \`internet\`, an address, a prefix nor an interface here.`)
  }
  const asked = { to, port, protocol: protocol === 'TCP' ? 6 : 17 }
  if (from !== 'internet') return ok(why(snapshot, { ...asked, from: cidr ?? { interfaceId: from } }, options))
  // The internet's addresses could come in over a VPN as well: that is not what is asked, and hides what is.
  const edge = options.globalAccelerator === true ? {} : { edge: { kind: 'internet-gateway' as const } }
  return ok(why(snapshot, { ...asked, from, ...edge }, options))
}

function described(calls: readonly RecordedCall[], warnings: readonly string[]): DescribedNetwork {
  const parsed = parseRecordedNetwork(calls)
  return { snapshot: parsed.snapshot, warnings: [...warnings, ...parsed.warnings] }
}

/** Only its owner may read it: it tells where an estate is open. */
async function writeRecording(directory: string, calls: readonly RecordedCall[]): Promise<void> {
  for (const { path, text } of recordingFiles(calls)) {
    const file = join(directory, ...path.split('/'))
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(file, text, { mode: 0o600 })
  }
}
