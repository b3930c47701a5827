import { z } from 'zod'
import type { Scope } from '../../domain/ids.ts'
import { CHANGE_ROWS, INSTANCE_STATE_CALLS } from './change-events.ts'

/** Detail types of EventBridge that are understood. */
export const DETAIL_TYPES = {
  call: 'AWS API Call via CloudTrail',
  state: 'EC2 Instance State-change Notification',
} as const

/** What a rule of EventBridge has to let pass. Names of calls are left out: a pattern has 2,048 characters. (EventBridge quotas) */
export const EVENT_PATTERN: Readonly<Record<string, readonly string[]>> = {
  source: [...new Set(CHANGE_ROWS.map(({ source }) => source))],
  'detail-type': Object.values(DETAIL_TYPES),
}

const name = z.string().max(256)

/** What is read of an event as EventBridge sends it; the rest passes. (EventBridge and CloudTrail event references) */
const event = z.object({
  'detail-type': name,
  source: name,
  account: name,
  region: name,
  detail: z.object({
    eventName: name.nullish(),
    awsRegion: name.nullish(),
    recipientAccountId: name.nullish(),
    readOnly: z.boolean().nullish(),
    errorCode: name.nullish(),
  }),
})

/** Answers for all Regions, and its events come from this one alone. (Global Accelerator, CloudTrail logging) */
const ACCELERATORS = { source: 'aws.globalaccelerator', region: 'us-west-2' } as const

const CALLS: ReadonlyMap<string, 'all' | readonly string[]> = new Map(
  CHANGE_ROWS.flatMap(({ source, events, calls }) => events.map(each => [`${source} ${each}`, calls] as const)),
)

/**
 * The calls that must be made again in this account and Region because of an event; `null` for what changes nothing there:
 * events that are not known, of others, calls that AWS refused, and whatever is no event at all.
 */
export function changedCalls(notice: unknown, scope: Scope): 'all' | readonly string[] | null {
  const parsed = event.safeParse(notice)
  if (!parsed.success) return null
  const { 'detail-type': type, source, account, region, detail } = parsed.data
  if ((detail.recipientAccountId ?? account) !== scope.accountId) return null
  const isElsewhere = (detail.awsRegion ?? region) !== scope.region
  if (isElsewhere && (source !== ACCELERATORS.source || region !== ACCELERATORS.region)) return null
  if (type === DETAIL_TYPES.state) return source === 'aws.ec2' ? INSTANCE_STATE_CALLS : null
  if (type !== DETAIL_TYPES.call || detail.readOnly === true) return null
  if (detail.errorCode !== undefined && detail.errorCode !== null) return null
  return CALLS.get(`${source} ${detail.eventName ?? ''}`) ?? null
}
