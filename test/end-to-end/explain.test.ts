import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namespace } from '../../src/domain/namespace.ts'
import type { MatchEvidence } from '../../src/domain/match.ts'
import { aFinding } from '../conformance/support/examples.ts'
import { startServer, type RunningServer } from '../conformance/support/running-server.ts'
import { removeHome, startCommand, temporaryHome, type Ended } from '../support/running-product.ts'
import { SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

const home = temporaryHome()
const feeds = join(home, 'feeds')
const ID = 'CVE-2001-0001'

function run(...args: readonly string[]): Promise<Ended> {
  return startCommand(args, { OPENINSPECTOR_HOME: home, OPENINSPECTOR_FEEDS: feeds })
}

beforeAll(async () => {
  // The small source lacks every other feed, which the exit code of a sync tells; what it has is taken.
  writeNpmFeed(feeds, SMALL_ADVISORIES)
  await run('advisories', 'sync')
  writeNpmFeed(feeds, [...SMALL_ADVISORIES, { id: 'CVE-2001-0003', packageName: 'alpha', fixed: '1.6.0' }])
  await run('advisories', 'sync')
}, 60_000)

afterAll(() => removeHome(home))

describe('openinspector explain', () => {
  it('names the advisory, the range, the comparison, the feed and the score', async () => {
    const { status, stdout, stderr } = await run('explain', 'pkg:npm/alpha@1.4.0', ID.toLowerCase())

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain(`alpha 1.4.0 and ${ID}: AFFECTED`)
    expect(stdout).toContain('< 1.5.0 (semver): 1.4.0 < 1.5.0 (fixed) -> affected')
    expect(stdout).toMatch(/osv npm, content [0-9a-f]{12}, fetched 20/)
    expect(stdout).toContain('Severity: CRITICAL')
  })

  it('gives programs the same as JSON', async () => {
    const { status, stdout } = await run('explain', 'pkg:npm/alpha@1.5.0', ID, '--format', 'json')

    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      outcome: 'not-affected',
      subject: { namespace: 'npm', name: 'alpha', version: '1.5.0', scheme: 'semver' },
      counted: [{ advisoryId: ID, role: 'decides', verdict: 'not-affected' }],
      feeds: [{ feed: 'osv', part: 'npm', lastError: null }],
      severity: { severity: 'CRITICAL', rule: 'cvss-3' },
    })
  })

  it.each([
    [['explain', 'lodash', 'CVE-2001-0001'], 'lodash is no package URL'],
    [['explain', 'pkg:oci/debian@11', 'CVE-2001-0001'], 'Packages of type oci are not matched'],
    [['explain', 'pkg:npm/alpha@1.0.0'], 'Name the vulnerability after the package URL'],
    [['explain', 'arn:aws:inspector2:us-east-1:123456789012:finding/c', 'CVE-2001-0001'], 'give its ARN alone'],
    [['advisories', 'search', ' '], 'Search for 1 to 1024 characters.'],
    [['advisories', 'show', ' '], 'Name an id of 1 to 200 characters'],
    [['advisories', 'show', 'x'.repeat(201)], 'Name an id of 1 to 200 characters'],
    [['advisories', 'diff', '--from', 'yesterday'], 'yesterday is no version'],
    [['advisories', 'import', 'x.zst'], 'Whose advisories to take is not said'],
    [['advisories', 'import', 'x.zst', '--allow-unsigned', '--trust', 'x.pem'], 'only signed files are taken'],
    [['advisories', 'import', 'x.zst', '--trust', 'x.pem'], 'The key x.pem cannot be read'],
    [['advisories', 'export', '/'], '/ is a directory'],
    [['advisories', 'export', 'x.zst', '--sign-with', 'package.json'], 'holds no private key'],
  ])('answers %j with 2 and one sentence', async (args, sentence) => {
    const { status, stdout, stderr } = await run(...args)

    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('does not complain when its reader has seen enough', async () => {
    const program = join(import.meta.dirname, '../../bin/openinspector.ts')
    const child = spawn(process.execPath, [program, 'advisories', 'search', 'filler', '--limit', '40'], {
      env: { ...process.env, OPENINSPECTOR_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdout.destroy()
    await once(child, 'close')

    expect({ status: child.exitCode, stderr }).toEqual({ status: 0, stderr: '' })
  })

  it('prints no escape sequence of its arguments', async () => {
    const { stdout } = await run('explain', 'pkg:npm/al%1B%5B2Jpha@1.0.0', 'CVE-2001-\u001b[2J')

    expect(stdout).toContain('NOT NAMED')
    expect(stdout).not.toContain('\u001b')
  })
})

describe('openinspector explain of a finding', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.close())

  const explain = (arn: string, ...more: readonly string[]): Promise<Ended> =>
    startCommand(['explain', arn, '--url', server.endpoint, ...more], {
      OPENINSPECTOR_HOME: home,
      AWS_ACCESS_KEY_ID: server.key.id,
      AWS_SECRET_ACCESS_KEY: server.key.secret,
      AWS_REGION: 'eu-west-1',
    })

  it('shows the stored evidence, and what the advisories here say of it now', async () => {
    const stored: MatchEvidence = {
      advisoryId: ID,
      feed: 'osv',
      namespace: namespace('npm'),
      comparedName: 'alpha',
      comparedVersion: '1.4.0',
      range: '< 1.4.5 (semver)',
      fixedVersion: '1.4.5',
    }
    const finding = aFinding()
    const [pkg] = finding.detection.vulnerablePackages
    const vulnerablePackages = [{ ...pkg!, evidence: [stored] }]
    server.ports.allFindings = [{ ...finding, detection: { ...finding.detection, vulnerablePackages } }]

    const words = await explain(finding.arn)
    const json = await explain(finding.arn, '--format', 'json')

    expect(words).toMatchObject({ status: 0, stderr: '' })
    expect(words.stdout).toContain(`${ID} (osv): npm alpha 1.4.0 in < 1.4.5 (semver), fixed in 1.4.5`)
    expect(JSON.parse(json.stdout)).toMatchObject({
      finding: { findingArn: finding.arn, vulnerablePackages: [{ evidence: [stored] }] },
      explanations: [{ vulnerabilityId: 'CVE-2025-11111', outcome: 'not-named', subject: { name: 'alpha' } }],
    })
    expect(server.ports.findingQueries.at(-1)).toMatchObject({
      filter: { strings: { findingArn: [{ comparison: 'EQUALS', value: finding.arn }] } },
    })
  })

  it('says that a suppressed finding is hidden, and shows what was detected all the same', async () => {
    const finding = { ...aFinding(), status: 'SUPPRESSED' as const }
    server.ports.allFindings = [finding]

    const words = await explain(finding.arn)
    const json = await explain(finding.arn, '--format', 'json')

    expect(words.status).toBe(0)
    expect(words.stdout).toContain(`${finding.detection.vulnerabilityId} on ${finding.resource.id}: SUPPRESSED`)
    expect(words.stdout).toContain('A suppression rule hides it')
    expect(words.stdout).toContain('Stored evidence')
    expect(JSON.parse(json.stdout)).toMatchObject({ finding: { status: 'SUPPRESSED', closedAt: null } })
  })

  it('says that there is no such finding', async () => {
    server.ports.allFindings = []

    const { status, stderr } = await explain(aFinding({}, 7).arn)

    expect(status).toBe(3)
    expect(stderr).toContain('ResourceNotFoundException')
  })
})

describe('openinspector advisories', () => {
  it('search finds names and ids', async () => {
    const { status, stdout } = await run('advisories', 'search', 'ALPHA', '--format', 'json')

    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      names: { total: 1, items: [{ namespace: 'npm', name: 'alpha', entryCount: 2 }] },
    })
  })

  it('show tells everything about an id, and 3 when there is nothing', async () => {
    const known = await run('advisories', 'show', ID)
    const unknown = await run('advisories', 'show', 'CVE-1999-9999')

    expect(known.stdout).toContain(`Goes by: ${ID}`)
    expect(known.stdout).toMatch(/CVE-2001-0001 +npm +alpha +< 1\.5\.0 +yes/)
    expect(unknown).toMatchObject({ status: 3, stdout: '' })
    expect(unknown.stderr).toContain('hold nothing about CVE-1999-9999')
  })

  it('diff lists what the last change touched, and refuses a version that it does not know', async () => {
    const diff = await run('advisories', 'diff', '--format', 'json')
    const unknown = await run('advisories', 'diff', '--from', 'f'.repeat(24))

    expect(JSON.parse(diff.stdout)).toMatchObject({
      subjects: [{ namespace: 'npm', name: 'alpha' }],
      vulnerabilities: ['CVE-2001-0003'],
    })
    expect(unknown.status).toBe(3)
    expect(unknown.stderr).toContain('is not one that this database')
  })
})
