import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SCOPE } from '../../../../test/conformance/support/examples.ts'
import { startServer } from '../../../../test/conformance/support/running-server.ts'
import type { RunningServer } from '../../../../test/conformance/support/running-server.ts'
import { instant } from '../../../base/clock.ts'
import { parseAccountId } from '../../../domain/ids.ts'
import { NO_EVENTS } from '../../../scanning/network-watch-store.ts'
import { eventTokenHash, hookPath, hookScope } from './network-hook.ts'

const TOKEN = 'the-token-of-this-network'
let server: RunningServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  server.ports.asked.length = 0
  await watched(eventTokenHash(TOKEN))
})

async function watched(tokenHash: string | null): Promise<void> {
  const past = { createdAt: instant(0), lastEvaluatedAt: null, lastError: null, events: NO_EVENTS }
  const access = { roleArn: null, externalId: null }
  await server.ports.networkWatches.put({ scope: SCOPE, access, ...past, eventTokenHash: tokenHash })
}

function notify(
  body: string,
  given: { readonly path?: string; readonly authorization?: string } = {},
): Promise<Response> {
  const { path = hookPath(SCOPE), authorization = `Bearer ${TOKEN}` } = given
  const headers = { authorization, 'content-type': 'application/json' }
  return fetch(`${server.endpoint}${path}`, { method: 'POST', body, headers })
}

function anEvent(eventName: string): string {
  return JSON.stringify({
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.ec2',
    account: SCOPE.accountId,
    region: SCOPE.region,
    detail: { eventName, awsRegion: SCOPE.region },
  })
}

describe('notices of changes of a network', () => {
  it('have AWS asked again what they may have changed, and are counted', async () => {
    const taken = await notify(anEvent('CreateRoute'))
    const ignored = await notify(anEvent('CreateImage'))

    expect([taken.status, await taken.json()]).toEqual([202, { accepted: 1, ignored: 0 }])
    expect([ignored.status, await ignored.json()]).toEqual([202, { accepted: 0, ignored: 1 }])
    expect(server.ports.asked).toEqual([{ is: 'changed', scope: SCOPE, calls: ['DescribeRouteTables'] }])
    const [watch] = server.ports.knownNetworks.values()
    expect(watch?.events).toMatchObject({ taken: 1, ignored: 1 })
  })

  it.each([
    ['another token', { authorization: 'Bearer another' }],
    ['no token', { authorization: '' }],
    ['a hash in the place of the token', { authorization: `Bearer ${eventTokenHash(TOKEN)}` }],
    [
      'the path of a network that nobody watches',
      { path: hookPath({ ...SCOPE, accountId: parseAccountId('999999999999')! }) },
    ],
  ])('are refused with %s', async (_what, given) => {
    const answer = await notify(anEvent('CreateRoute'), given)

    expect(answer.status).toBe(403)
    expect(server.ports.asked).toEqual([])
  })

  it('are refused while the network has no token, whatever comes', async () => {
    await watched(null)

    expect((await notify(anEvent('CreateRoute'), { authorization: 'Bearer x' })).status).toBe(403)
    expect((await notify(anEvent('CreateRoute'), { authorization: 'Bearer ' })).status).toBe(403)
  })

  it('are refused when they are no JSON objects', async () => {
    expect((await notify('[1]')).status).toBe(400)
    expect((await notify('{')).status).toBe(400)
  })

  it.each(['', '/', '/1', '/123456789012', '/123456789012/', '/123456789012/eu-west-1/x', '/123456789012/eu west 1'])(
    'have a path of their own, which %j is not',
    rest => {
      expect(hookScope(`/openinspector/hooks/network${rest}`)).toBeNull()
    },
  )
})
