import { withTheirFamilies } from '../aws/network/call-families.ts'
import { keptCalls, recordedOf } from '../aws/network/kept-calls.ts'
import { parseRecordedNetwork } from '../aws/network/read-recorded.ts'
import type { Failure, RecordedCall } from '../aws/network/recorded-calls.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { AccountId, Scope } from '../domain/ids.ts'
import type { DescribedNetwork, NetworkSource, NetworkSourceError } from '../scanning/network-source.ts'
import type { NetworkWatch, NetworkWatchStore } from '../scanning/network-watch-store.ts'
import { systemClock } from '../system/clock.ts'

export interface LiveNetworkSourceParts {
  readonly watches: Pick<NetworkWatchStore, 'find'>
  /** Accounts whose networks may be described with the server's own AWS credentials. */
  readonly awsIdentityAccounts: readonly AccountId[]
}

/** Networks as AWS describes them now, each with the role that its account named. */
export function liveNetworkSource({ watches, awsIdentityAccounts }: LiveNetworkSourceParts): NetworkSource {
  return {
    async describe(scope, calls, signal) {
      const watch = await watches.find(scope)
      if (watch === null) return null
      if (watch.access.roleArn === null && !awsIdentityAccounts.includes(scope.accountId)) {
        const detail = `Account ${scope.accountId} may not use this server's own AWS credentials; watch its network with a role.`
        return err({ reason: 'ACCESS_DENIED', detail })
      }
      return describe(watch, calls, signal)
    },

    async join(networks) {
      const calls: RecordedCall[] = []
      for await (const { scope, calls: parts } of networks)
        for (const call of recordedOf(scope, parts)) calls.push(call)
      return parseRecordedNetwork(calls).snapshot
    },
  }
}

async function describe(
  { scope, access }: NetworkWatch,
  wanted: 'all' | readonly string[],
  signal: AbortSignal,
): Promise<Result<DescribedNetwork, NetworkSourceError>> {
  // Loaded by those who ask AWS: its clients are large.
  const [{ networkScopes }, { collectNetwork }] = await Promise.all([
    import('../aws/network/network-scopes.ts'),
    import('../aws/network/collect.ts'),
  ])
  const entered = await networkScopes([access], [scope.region])
  if (!entered.ok) return err({ reason: reasonOf(entered.error.is === 'denied'), detail: entered.error.detail })
  const strangers = entered.value.filter(({ accountId }) => accountId !== scope.accountId)
  if (strangers.length > 0)
    return err({ reason: 'ACCESS_DENIED', detail: strangerInWords(scope, strangers[0]?.accountId) })
  const family = wanted === 'all' ? null : withTheirFamilies(wanted)
  const calls = await collectNetwork(entered.value, {
    clock: systemClock,
    progress: () => signal.throwIfAborted(),
    ...(family === null ? {} : { calls: family }),
  })
  // Without the list of instances nothing can be said of any.
  const unlisted = calls.find(({ call, answer }) => call === 'DescribeInstances' && failureOf(answer) !== null)
  if (unlisted === undefined) return ok({ asked: family === null ? 'all' : [...family], calls: keptCalls(calls) })
  const failure = failureOf(unlisted.answer)
  const detail = `AWS did not list the instances: ${Object.values(failure ?? {}).join()}`
  return err({ reason: reasonOf(failure !== null && 'deniedWith' in failure), detail })
}

/** What stands in the place of an answer that AWS did not give. */
function failureOf(answer: unknown): Failure | null {
  if (typeof answer !== 'object' || answer === null) return null
  // Answers of `collectNetwork` are AWS's own, or failures of its making.
  return 'deniedWith' in answer || 'unreadable' in answer ? (answer as Failure) : null
}

function reasonOf(wasDenied: boolean): NetworkSourceError['reason'] {
  return wasDenied ? 'ACCESS_DENIED' : 'INTERNAL_ERROR'
}

/** What another account holds is no business of this one's, and no instance of it would be found. */
function strangerInWords({ accountId }: Scope, found = 'nobody'): string {
  return `AWS says that the credentials belong to account ${found}, and the network of ${accountId} is to be described.`
}
