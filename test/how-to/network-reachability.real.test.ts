import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeRecorded } from '../../src/app/network.ts'
import { EVENT_PATTERN } from '../../src/aws/network/change-notice.ts'
import { startMoto, type RunningMoto } from '../support/ecr-front.ts'
import { freePort } from '../support/free-port.ts'
import { makeMotoNetwork, motoClients } from '../support/moto-network.ts'
import { runHowTo, type BlockOutput } from './how-to-runner.ts'

const checkout = join(import.meta.dirname, '../..')
const REGION = 'us-east-1'

/** Needs the AWS CLI (AWS_CLI) and moto (PYTHON). */
describe('docs/how-to/network-reachability.md', () => {
  const work = mkdtempSync(join(tmpdir(), 'openinspector-network-'))
  let moto: RunningMoto
  let outputs: readonly BlockOutput[]

  beforeAll(async () => {
    moto = await startMoto(await freePort())
    const clients = motoClients(moto.url, REGION)
    const { webInstance } = await makeMotoNetwork(clients, REGION)
    clients.close()
    const bin = join(work, 'bin')
    mkdirSync(bin)
    const shim = join(bin, 'openinspector')
    writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(checkout, 'bin/openinspector.ts')}' "$@"\n`)
    chmodSync(shim, 0o755)
    outputs = await runHowTo(join(checkout, 'docs/how-to/network-reachability.md'), work, {
      ...process.env,
      PATH: [bin, dirname(process.env['AWS_CLI'] ?? 'aws'), process.env['PATH']].join(delimiter),
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: moto.url,
      // moto lacks some services, and asking it again does not bring them.
      AWS_MAX_ATTEMPTS: '1',
      INSTANCE: webInstance,
      EVENT_URL: 'https://inspector.example.com/openinspector/hooks/network/123456789012/us-east-1',
      EVENT_TOKEN: 'the-token',
    })
  }, 900_000)

  afterAll(async () => {
    await moto?.stop()
    rmSync(work, { recursive: true, force: true })
  })

  function outputOf(part: string): string {
    return outputs.find(({ block }) => block.includes(part))?.stdout ?? `no block of the page has ${part}`
  }

  it('finds what is open, and says why', () => {
    expect(outputOf('--live')).toContain('5 open paths to 3 instances')
    expect(outputOf('--port 443')).toMatch(/Open: TCP 22 of i-[\s\S]*Closed: TCP 443 of i-/)
  })

  it('has EventBridge send what the server understands', () => {
    const block = outputs.find(each => each.block.includes('put-rule'))
    const [, pattern = ''] = /--event-pattern '(\{[^']*\})'/.exec(block?.block ?? '') ?? []

    expect(JSON.parse(pattern)).toEqual(EVENT_PATTERN)
    expect(block?.stdout).toContain('"FailedEntryCount": 0')
  })

  it('finds no difference where nothing changed, whoever recorded', () => {
    expect(outputOf('--diff recorded')).toBe('Nothing opened and nothing closed.\n')
    expect(outputOf('--diff by-hand')).toContain('Nothing opened and nothing closed.')
  })

  it('records by hand what it records itself', async () => {
    const [own, byHand] = [
      await describeRecorded(join(work, 'recorded')),
      await describeRecorded(join(work, 'by-hand')),
    ]
    if (!own.ok || !byHand.ok) throw new Error('a recording is not read')
    const { missing, takenAt, ...told } = own.value.snapshot

    expect({ ...byHand.value.snapshot, missing, takenAt }).toEqual({ ...told, missing, takenAt })
    const missed = byHand.value.snapshot.missing.map(({ call, resourceId }) => [call, resourceId])
    expect(missed).toEqual(missing.map(({ call, resourceId }) => [call, resourceId]))
  })
})
