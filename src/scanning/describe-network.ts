import type { AccountStore } from '../accounts/account-store.ts'
import type { Clock } from '../base/clock.ts'
import type { Scope } from '../domain/ids.ts'
import { isOn } from './apply-network.ts'
import type { DescribedNetworkStore } from './described-network-store.ts'
import type { NetworkSource } from './network-source.ts'

export interface DescribeNetworkParts {
  readonly source: Pick<NetworkSource, 'describe'>
  readonly descriptions: DescribedNetworkStore
  readonly accounts: Pick<AccountStore, 'statusesOf'>
  readonly clock: Clock
}

export type DescriptionEnd =
  | { readonly is: 'described'; readonly calls: 'all' | number }
  | { readonly is: 'failed'; readonly detail: string }
  /** Nobody asks, or somebody has asked AWS meanwhile. */
  | { readonly is: 'nothing-to-do' }

/**
 * Asks AWS what was requested of an account in a Region and keeps the answer. A failure keeps what was known. Safe to repeat
 * and to cut short: what was requested is forgotten together with its answer.
 */
export async function describeNetwork(
  { source, descriptions, accounts, clock }: DescribeNetworkParts,
  scope: Scope,
  signal: AbortSignal,
): Promise<DescriptionEnd> {
  if (!(await isOn({ accounts }, scope))) return { is: 'nothing-to-do' }
  const requested = await descriptions.requested(scope)
  if (requested.marks.size === 0) return { is: 'nothing-to-do' }
  const known = (await descriptions.list()).find(
    each => each.scope.accountId === scope.accountId && each.scope.region === scope.region,
  )
  // Some calls alone say nothing while the others were never asked; and what failed before may have changed in any way.
  const isWhole = known === undefined || known.describedAt === null || known.failure !== null
  const described = await source.describe(scope, isWhole ? 'all' : requested.calls, signal)
  if (described === null) return { is: 'nothing-to-do' }
  if (!described.ok) {
    await descriptions.fail(scope, described.error, requested)
    return { is: 'failed', detail: described.error.detail }
  }
  const { asked, calls } = described.value
  await descriptions.put(scope, { asked, calls, at: clock.now() }, requested)
  return { is: 'described', calls: asked === 'all' ? 'all' : asked.length }
}
