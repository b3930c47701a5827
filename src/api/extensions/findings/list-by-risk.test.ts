import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aFinding } from '../../../../test/conformance/support/examples.ts'
import { startServer, type RunningServer } from '../../../../test/conformance/support/running-server.ts'
import { officialSigner } from '../../../../test/conformance/support/signer.ts'

describe('POST /openinspector/findings/list', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.close())

  async function list(input: object): Promise<{ readonly status: number; readonly body: unknown }> {
    const path = '/openinspector/findings/list'
    const body = JSON.stringify(input)
    const headers = { host: `127.0.0.1:${server.port}`, 'content-type': 'application/json' }
    const request = { method: 'POST', protocol: 'http:', hostname: '127.0.0.1', path, headers, body }
    const signed = await officialSigner(server.key).sign(request)
    const answer = await fetch(`${server.endpoint}${path}`, { method: 'POST', headers: signed.headers, body })
    return { status: answer.status, body: await answer.json() }
  }

  it('asks for active findings by their risk, and shows what it adds up from', async () => {
    const finding = aFinding()
    const exploit = { isAvailable: true, lastKnownAt: null }
    server.ports.allFindings = [{ ...finding, detection: { ...finding.detection, exploit, exposure: 'internet' } }]

    const { status, body } = await list({ resourceId: finding.resource.id })

    expect(status).toBe(200)
    expect(server.ports.findingQueries.at(-1)).toMatchObject({
      sort: { field: 'RISK', order: 'DESC' },
      filter: {
        strings: {
          findingStatus: [{ comparison: 'EQUALS', value: 'ACTIVE' }],
          resourceId: [{ comparison: 'EQUALS', value: finding.resource.id }],
        },
      },
    })
    expect(body).toMatchObject({
      findings: [
        {
          finding: { findingArn: finding.arn, inspectorScore: 7.1, updatedAt: '2026-01-02T00:00:00.500Z' },
          risk: {
            points: 111,
            parts: [
              { factor: 'score', points: 71 },
              { factor: 'exploit', points: 15 },
              { factor: 'exposure', points: 20 },
              { factor: 'in-use', points: 5 },
            ],
          },
        },
      ],
    })
  })

  it.each([{ sort: 'name' }, { maxResults: 101 }, { severity: 'BAD' }, { another: 1 }])('refuses %o', async input => {
    expect((await list(input)).status).toBe(400)
  })

  it('refuses a token of another order', async () => {
    server.ports.allFindings = [aFinding({}, 1), aFinding({}, 2)]
    const { body } = await list({ maxResults: 1 })
    const { nextToken } = body as { nextToken: string }

    expect((await list({ maxResults: 1, nextToken })).status).toBe(200)
    expect((await list({ maxResults: 1, sort: 'score', nextToken })).status).toBe(400)
  })
})
