import { describe, expect, it } from 'vitest'

import { recordedNetwork, RECORDED_ACCOUNT, RECORDED_REGION } from '../../../test/support/recorded-network.ts'
import { instant } from '../../base/clock.ts'
import type { CallSender } from './clients.ts'
import { collectNetwork, type CollectedScope } from './collect.ts'
import { fileNameOf, NETWORK_CALLS, type NetworkService } from './network-calls.ts'
import { parseRecordedNetwork } from './read-recorded.ts'
import type { RecordedCall } from './recorded-calls.ts'

const SCOPE: CollectedScope = { accountId: RECORDED_ACCOUNT, region: RECORDED_REGION, credentials: null }
const RECORDED = parseRecordedNetwork(recordedNetwork()).snapshot

describe('a network that is collected', () => {
  it('is what AWS describes', async () => {
    const { calls } = await collected({})

    expect(withoutTime(calls)).toEqual(RECORDED)
  })

  it('is put together from pages', async () => {
    const { calls, asked } = await collected({ isPaged: true })

    expect(asked.length).toBeGreaterThan(NETWORK_CALLS.length)
    expect(withoutTime(calls)).toEqual(RECORDED)
  })

  it.each(NETWORK_CALLS.map(({ call }) => call))('names what AWS refuses: %s', async name => {
    const { calls } = await collected({ refused: name })
    const { missing } = parseRecordedNetwork(calls).snapshot

    expect(missing).toContainEqual(expect.objectContaining({ call: name, why: 'access-denied' }))
  })

  it('asks about accelerators once, whatever the number of Regions', async () => {
    const { asked } = await collected({ scopes: [SCOPE, { ...SCOPE, region: 'us-east-1' }] })

    expect(asked.filter(call => call === 'ListAccelerators')).toHaveLength(1)
    expect(asked.filter(call => call === 'DescribeVpcs')).toHaveLength(2)
  })

  it('asks no more than eight things at once', async () => {
    const { mostAtOnce } = await collected({})

    expect(mostAtOnce).toBe(8)
  })

  it('lets pass what is no answer of AWS', async () => {
    const broken = async (): Promise<CallSender> => ({ ask: () => Promise.reject(new TypeError('ours')), close() {} })

    await expect(collectNetwork([SCOPE], { clock: CLOCK, progress() {}, open: broken })).rejects.toThrow('ours')
  })
})

describe('every call', () => {
  it('has a file of its own', () => {
    expect(new Set(NETWORK_CALLS.map(({ call }) => fileNameOf(call))).size).toBe(NETWORK_CALLS.length)
    expect(fileNameOf('DescribeVpcs')).toBe('describe-vpcs')
    expect(fileNameOf('DescribeLoadBalancers (classic)')).toBe('describe-load-balancers-classic')
  })
})

const CLOCK = { now: () => instant(1_700_000_000_000) }

interface Behaviour {
  readonly refused?: string
  readonly isPaged?: boolean
  readonly scopes?: readonly CollectedScope[]
}

/** What comes of an AWS that answers as recorded. */
async function collected({ refused, isPaged = false, scopes = [SCOPE] }: Behaviour): Promise<{
  readonly calls: readonly RecordedCall[]
  readonly asked: readonly string[]
  readonly mostAtOnce: number
}> {
  const asked: string[] = []
  let [atOnce, mostAtOnce] = [0, 0]
  const open = async (service: NetworkService): Promise<CallSender> => ({
    async ask(call, parameters) {
      asked.push(call)
      atOnce += 1
      mostAtOnce = Math.max(mostAtOnce, atOnce)
      await new Promise(resolve => setImmediate(resolve))
      atOnce -= 1
      if (call === refused) throw Object.assign(new Error('no'), { name: 'UnauthorizedOperation' })
      const answer = answerTo(call, parameters)
      return { $metadata: { requestId: 'x' }, ...(isPaged ? pageOf(answer, parameters, service) : answer) }
    },
    close() {},
  })
  const calls = await collectNetwork(scopes, { clock: CLOCK, progress() {}, open })
  return { calls, asked, mostAtOnce }
}

function answerTo(call: string, parameters: Readonly<Record<string, unknown>>): object {
  const values = Object.values(parameters)
  const found = recordedNetwork().find(
    recorded => recorded.call === call && Object.values(recorded.parameters ?? {}).every(id => values.includes(id)),
  )
  const answer: unknown = found?.answer
  if (typeof answer !== 'object' || answer === null) throw new Error(`nobody recorded ${call}`)
  return answer
}

/** The item of the only list that the token names, and a token for the next. */
function pageOf(answer: object, parameters: Readonly<Record<string, unknown>>, service: NetworkService): object {
  const lists = Object.entries(answer).filter(([, value]) => Array.isArray(value))
  const [name = '', items] = lists[0] ?? []
  if (lists.length !== 1 || !Array.isArray(items) || items.length < 2) return answer
  const [sent, given] = service.startsWith('elastic') ? ['Marker', 'NextMarker'] : ['NextToken', 'NextToken']
  const at = Number(parameters[sent] ?? 0)
  return { ...answer, [name]: [items[at]], ...(at + 1 < items.length ? { [given]: String(at + 1) } : {}) }
}

function withoutTime(calls: readonly RecordedCall[]): unknown {
  return { ...parseRecordedNetwork(calls).snapshot, takenAt: null }
}
