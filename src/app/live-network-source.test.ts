import { describe, expect, it } from 'vitest'
import { aScope, SOME_TIME } from '../../test/support/builders.ts'
import { NO_EVENTS, type NetworkWatch } from '../scanning/network-watch-store.ts'
import { liveNetworkSource } from './live-network-source.ts'

const scope = aScope()
const signal = new AbortController().signal

describe('the network of an account', () => {
  it('is nobody’s business before somebody watches it', async () => {
    const source = liveNetworkSource({ watches: { find: async () => null }, awsIdentityAccounts: [scope.accountId] })

    expect(await source.describe(scope, 'all', signal)).toBeNull()
  })

  it('is not asked for with credentials of the server that the account may not use', async () => {
    const access = { roleArn: null, externalId: null }
    const past = {
      createdAt: SOME_TIME,
      lastEvaluatedAt: null,
      lastError: null,
      eventTokenHash: null,
      events: NO_EVENTS,
    }
    const watch: NetworkWatch = { scope, access, ...past }
    const source = liveNetworkSource({ watches: { find: async () => watch }, awsIdentityAccounts: [] })

    expect(await source.describe(scope, 'all', signal)).toMatchObject({
      ok: false,
      error: {
        reason: 'ACCESS_DENIED',
        detail: expect.stringContaining("may not use this server's own AWS credentials") as string,
      },
    })
  })
})
