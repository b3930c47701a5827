import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordedNetwork } from '../../../test/support/recorded-network.ts'
import { recordingFiles } from '../../aws/network/write-recording.ts'
import type { RecordedCall } from '../../aws/network/recorded-calls.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { reachability, type ReachabilityOptions } from './reachability.ts'

const work = mkdtempSync(join(tmpdir(), 'openinspector-reachability-'))
/** SSH from anywhere. */
const open = join(work, 'open')
/** SSH from one half of the internet. */
const half = join(work, 'half')
/** As `open`, and nobody knows what the network ACLs say. */
const unknown = join(work, 'unknown')

beforeAll(() => {
  const opened = recordedNetwork().map(withoutObstacles)
  write(open, opened)
  write(half, opened.map(withHalf))
  write(
    unknown,
    opened.filter(({ call }) => call !== 'DescribeRouteTables'),
  )
  mkdirSync(join(work, 'empty'))
})

afterAll(() => rmSync(work, { recursive: true, force: true }))

describe('openinspector reachability', () => {
  it('lists what is open, the worst first, and counts it', async () => {
    const { printed, code } = await run({ directory: open })

    expect(code).toBe(0)
    expect(printed[0]).toMatch(/^Severity +Instance +Edge +Ports +Sources +Via +Confidence/)
    expect(printed.slice(1, -1).every(line => /i-1/.test(line))).toBe(true)
    expect(printed.find(line => /TCP 22/.test(line))).toMatch(/^MEDIUM +i-1 +igw-1 +TCP 22/)
    expect(printed.at(-1)).toMatch(/^[0-9]+ open paths to 1 instance: [0-9]+ MEDIUM/)
  })

  it('prints JSON with every hop', async () => {
    const { printed } = await run({ directory: open, format: 'json' })
    const report = JSON.parse(printed.join('\n')) as Record<string, unknown>

    expect(report).toMatchObject({
      schemaVersion: 1,
      source: open,
      instances: [{ instanceId: 'i-1', exposure: 'internet' }],
    })
    expect(report['paths']).toContainEqual(
      expect.objectContaining({ severity: 'MEDIUM', ports: { begin: 22, end: 22 }, hops: expect.any(Array) }),
    )
  })

  it.each([
    ['--from internet', { from: 'internet' }, true],
    ['--from a prefix', { from: '8.8.8.0/24' }, true],
    ['--from an edge', { from: 'igw-1' }, true],
    ['--from another edge', { from: 'igw-2' }, false],
    ['--to its instance', { to: 'i-1' }, true],
    ['--to its interface', { to: 'eni-1' }, true],
    ['--to another', { to: 'i-2' }, false],
    ['--port', { port: 22 }, true],
    ['--port of none', { port: 24 }, false],
    ['--protocol', { protocol: 'UDP' as const, port: 22 }, false],
  ])('shows what %s lets through', async (_what, options, isShown) => {
    const { printed } = await run({ directory: open, ...options })

    expect(printed.some(line => /TCP 22/.test(line) && /igw-1/.test(line))).toBe(isShown)
  })

  it('ends with 1 when an open path is as severe as --fail-on', async () => {
    expect((await run({ directory: open, failOn: 'MEDIUM' })).code).toBe(1)
    expect((await run({ directory: open, failOn: 'CRITICAL' })).code).toBe(0)
  })

  it('ends with 4 when something could not be decided, and says what is missing', async () => {
    const { code, noted } = await run({ directory: unknown })

    expect(code).toBe(4)
    expect(noted.join('\n')).toContain('Not recorded: DescribeRouteTables.')
  })

  it.each([
    ['instances were not recorded', recordedNetwork().filter(({ call }) => !/Instances$|Interfaces$/.test(call))],
    ['more instances are there', recordedNetwork().map(cutOff)],
  ])('ends with 4 when %s', async (what, calls) => {
    const directory = join(work, what)
    write(directory, calls)

    const { code, printed } = await run({ directory })

    expect(code).toBe(4)
    expect(printed.at(-1)).toMatch(/not everything could be decided/)
  })

  it('answers why a port is open or closed', async () => {
    const asked = { directory: open, to: 'i-1' }

    expect((await run({ ...asked, port: 22 })).printed[0]).toMatch(/^Open: TCP 22 of i-1, from internet/)
    const closed = await run({ ...asked, port: 25 })
    expect(closed.printed[0]).toMatch(/^Closed: TCP 25 of i-1, from internet. One thing stops/)
    expect(closed.printed.join('\n')).toContain('STOPS HERE (security-group-inbound)')
    const answer = await run({ ...asked, port: 25, format: 'json' })
    expect(JSON.parse(answer.printed.join('\n'))).toMatchObject({ verdict: 'closed', question: { port: 25 } })
    expect((await run({ ...asked, port: 22, format: 'mermaid' })).printed[0]).toBe('flowchart LR')
  })

  it('draws what is open', async () => {
    expect((await run({ directory: open, format: 'dot' })).printed).toContain('  n0 -> n1 [label="TCP 22"]')
  })

  it('tells what opened and what closed', async () => {
    const closed = await run({ directory: open, diff: half })
    const opened = await run({ directory: half, diff: open, from: 'internet', failOn: 'MEDIUM', format: 'json' })

    expect(closed.printed[1]).toMatch(/^closed +MEDIUM +i-1 +igw-1 +TCP 22 +128\.0\.0\.0/)
    expect(closed.printed.filter(line => line.startsWith('opened'))).toEqual([])
    expect(opened.code).toBe(1)
    expect(JSON.parse(opened.printed.join('\n'))).toMatchObject({
      differences: [{ is: 'opened', ports: { begin: 22, end: 22 } }],
    })
    expect((await run({ directory: open, diff: open })).printed).toEqual(['Nothing opened and nothing closed.'])
  })

  it.each([
    ['nothing to read', {}, 2, /Name a directory/],
    ['two things to read', { directory: open, live: true }, 2, /Name a directory/],
    ['a recording of a recording', { directory: open, recordTo: 'x' }, 2, /--record/],
    ['Regions of a directory', { directory: open, regions: 'all' as const }, 2, /--regions/],
    ['a picture of differences', { directory: open, diff: half, format: 'dot' as const }, 2, /--diff/],
    ['no directory', { directory: join(work, 'nowhere') }, 3, /is not a directory/],
    ['an empty directory', { directory: join(work, 'empty') }, 3, /holds no answer/],
    ['an instance that nobody knows', { directory: open, to: 'i-9', port: 1 }, 2, /i-9 is no instance/],
    ['a source that is none', { directory: open, to: 'i-1', port: 1, from: 'moon' }, 2, /moon is neither/],
    ['a name with escapes', { directory: open, to: 'i-\u001b[31m', port: 1 }, 2, /i-\\u001b\[31m is no/],
  ])('refuses %s', async (_what, options, code, words) => {
    const ended = await run(options)

    expect(ended.code).toBe(code)
    expect(ended.noted.join('\n')).toMatch(words)
  })
})

/** SSH reaches the instance of the recorded network when nothing is blocked and answers may leave. */
function withoutObstacles(recorded: RecordedCall): RecordedCall {
  const text = JSON.stringify(recorded)
    .replace('"InternetGatewayBlockMode":"block-ingress"', '"InternetGatewayBlockMode":"off"')
    .replace(
      '"Entries":[',
      '"Entries":[{"RuleNumber":10,"Egress":true,"Protocol":"-1","RuleAction":"allow","CidrBlock":"0.0.0.0/0"},',
    )
  return JSON.parse(text) as RecordedCall
}

function cutOff(recorded: RecordedCall): RecordedCall {
  return recorded.call === 'DescribeInstances'
    ? { ...recorded, answer: { Reservations: [], NextToken: 'x' } }
    : recorded
}

function withHalf(recorded: RecordedCall): RecordedCall {
  if (!recorded.call.startsWith('DescribeSecurityGroup')) return recorded
  const text = JSON.stringify(recorded)
    .replace('"IpRanges":[{"CidrIp":"0.0.0.0/0"}]', '"IpRanges":[{"CidrIp":"0.0.0.0/1"}]')
    .replace('"CidrIpv4":"0.0.0.0/0"', '"CidrIpv4":"0.0.0.0/1"')
  return JSON.parse(text) as RecordedCall
}

function write(directory: string, calls: readonly RecordedCall[]): void {
  for (const { path, text } of recordingFiles(calls)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
}

async function run(given: Partial<ReachabilityOptions>): Promise<{
  readonly code: ExitCode
  readonly printed: readonly string[]
  readonly noted: readonly string[]
}> {
  const printed: string[] = []
  const noted: string[] = []
  const output: Output = {
    table: { width: null, colour: false },
    live: false,
    print: line => void printed.push(line),
    note: line => void noted.push(line),
    progress() {},
    endProgress() {},
  }
  const code = await reachability(
    {
      directory: null,
      live: false,
      roleArns: [],
      externalId: null,
      regions: null,
      recordTo: null,
      from: null,
      to: null,
      port: null,
      protocol: null,
      format: 'table',
      diff: null,
      failOn: null,
      analysis: {},
      ...given,
    },
    output,
  )
  return { code, printed, noted }
}
