import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

import { err, ok, type Result } from '../../base/result.ts'
import { parseRegion, type Region } from '../../domain/ids.ts'
import { assumedRole, AWS_TIMEOUTS } from '../assumed-role.ts'
import { isDenied } from '../aws-errors.ts'
import type { CollectedScope } from './collect.ts'

/** How an account is entered. */
export interface NetworkAccess {
  /** `null`: with the credentials that the SDK finds on this machine. */
  readonly roleArn: string | null
  readonly externalId: string | null
}

/** Regions by name; `all`: those that are switched on in the account; `null`: the one that the SDK finds. */
export type WantedRegions = readonly Region[] | 'all' | null

/** Why an account could not be entered. */
export interface ScopeError {
  readonly is: 'denied' | 'unreachable' | 'no-region'
  /** One sentence for a person. */
  readonly detail: string
}

/** The accounts and Regions that somebody may look at, each once; an account that cannot be entered is an error. */
export async function networkScopes(
  accesses: readonly NetworkAccess[],
  regions: WantedRegions,
): Promise<Result<readonly CollectedScope[], ScopeError>> {
  const scopes = new Map<string, CollectedScope>()
  for (const access of accesses) {
    const entered = await enter(access, regions)
    if (!entered.ok) return entered
    for (const scope of entered.value) scopes.set(`${scope.accountId} ${scope.region}`, scope)
  }
  return ok([...scopes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, scope]) => scope))
}

async function enter(
  { roleArn, externalId }: NetworkAccess,
  wanted: WantedRegions,
): Promise<Result<readonly CollectedScope[], ScopeError>> {
  const whose = roleArn ?? 'the credentials of this machine'
  let home: Region | null = null
  try {
    home = wanted === null || wanted === 'all' ? await foundRegion() : (wanted[0] ?? null)
    if (home === null)
      return err({ is: 'no-region', detail: 'There is no Region: name one with --regions, or set AWS_REGION.' })
    const credentials = roleArn === null ? null : assumedRole({ roleArn, externalId, region: home })
    const configuration = {
      region: home,
      requestHandler: AWS_TIMEOUTS,
      ...(credentials === null ? {} : { credentials }),
    }
    const sts = new STSClient(configuration)
    const { Account: accountId } = await sts.send(new GetCallerIdentityCommand({})).finally(() => sts.destroy())
    if (accountId === undefined) return err({ is: 'denied', detail: `AWS does not say whose ${whose} are.` })
    const names = wanted === 'all' ? await regionsOf(configuration) : (wanted ?? [home])
    return ok(names.map(region => ({ accountId, region, credentials })))
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown instanceof TypeError) throw thrown
    const what = `${thrown.name}: ${thrown.message.split('\n', 1)[0] ?? ''}`
    return isDenied(thrown)
      ? err({ is: 'denied', detail: `AWS did not let in ${whose}: ${what}` })
      : err({ is: 'unreachable', detail: `AWS could not be asked with ${whose}: ${what}` })
  }
}

async function foundRegion(): Promise<Region | null> {
  const sts = new STSClient({})
  try {
    return parseRegion(await sts.config.region())
  } catch {
    // The SDK throws where it finds none.
    return null
  } finally {
    sts.destroy()
  }
}

async function regionsOf(configuration: object): Promise<readonly Region[]> {
  const ec2 = new EC2Client(configuration)
  const { Regions: regions } = await ec2.send(new DescribeRegionsCommand({})).finally(() => ec2.destroy())
  return (regions ?? []).flatMap(({ RegionName }) => parseRegion(RegionName ?? '') ?? []).sort()
}
