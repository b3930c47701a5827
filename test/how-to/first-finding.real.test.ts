import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { Inspector2Client, ListFindingsCommand, paginateListFindings, type Finding } from '@aws-sdk/client-inspector2'
import { stableJson } from '../../src/base/stable-json.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { debootstrap, packOciLayout, runProgram, withFirstReleaseVersions } from '../support/debian-image.ts'
import { freePort } from '../support/free-port.ts'
import { testFeeds } from '../support/test-feeds.ts'
import { runHowTo, type BlockOutput } from './how-to-runner.ts'

const checkout = join(import.meta.dirname, '../..')
const page = join(checkout, 'docs/how-to/first-finding.md')
const feeds = testFeeds()

/** CVEs that Debian 11.0 has in these packages and the DSAs up to spring 2023 fixed, with the fix. (DSA-5111, 5122, 5123, 5218, 4963) */
const EXPECTED = [
  ['CVE-2018-25032', 'zlib1g', '1.2.11.dfsg', '2', '1:1.2.11.dfsg-2+deb11u1'],
  ['CVE-2022-37434', 'zlib1g', '1.2.11.dfsg', '2', '1:1.2.11.dfsg-2+deb11u2'],
  ['CVE-2022-1271', 'gzip', '1.10', '4', '0:1.10-4+deb11u1'],
  ['CVE-2022-1271', 'liblzma5', '5.2.5', '2', '0:5.2.5-2.1~deb11u1'],
  ['CVE-2021-3711', 'libssl1.1', '1.1.1k', '1', '0:1.1.1k-1+deb11u1'],
] as const

describe.skipIf(feeds === null)(
  'docs/how-to/first-finding.md (needs advisory feeds, see test/support/test-feeds.ts)',
  () => {
    let work: string
    let outputs: readonly BlockOutput[]
    let client: Inspector2Client
    let oldDigest: string
    let newDigest: string
    let serverPort: number
    let registryPort: number
    const env: Record<string, string | undefined> = { ...process.env }

    beforeAll(async () => {
      work = mkdtempSync(join(tmpdir(), 'openinspector-how-to-'))
      const root = join(work, 'root')
      debootstrap('bullseye', root)
      oldDigest = withFirstReleaseVersions(root, () => packOciLayout(root, join(work, 'old')))
      newDigest = packOciLayout(root, join(work, 'new'))

      const bin = join(work, 'bin')
      mkdirSync(bin)
      const shim = join(bin, 'openinspector')
      writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(checkout, 'bin/openinspector.ts')}' "$@"\n`)
      chmodSync(shim, 0o755)
      serverPort = await freePort()
      registryPort = await freePort()
      const aws = process.env['AWS_CLI']
      Object.assign(env, {
        PATH: [bin, ...(aws === undefined ? [] : [dirname(aws)]), process.env['PATH']].join(delimiter),
        OPENINSPECTOR_FEEDS: feeds ?? '',
        OPENINSPECTOR_HOST_SCAN: 'off',
        REGISTRY_PORT: String(registryPort),
        SERVER_PORT: String(serverPort),
        IMAGE: `oci:${join(work, 'old')}:latest`,
        FIXED_IMAGE: `oci:${join(work, 'new')}:latest`,
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
      })
      outputs = await runHowTo(page, work, env)

      const [, id = '', secret = ''] =
        /aws_access_key_id = (\S+)\naws_secret_access_key = (\S+)/.exec(
          readFileSync(join(work, 'credentials'), 'utf8'),
        ) ?? []
      Object.assign(env, {
        AWS_ACCESS_KEY_ID: id,
        AWS_SECRET_ACCESS_KEY: secret,
        AWS_DEFAULT_REGION: 'us-east-1',
        OPENINSPECTOR_HOME: join(work, 'home'),
      })
      client = new Inspector2Client({
        endpoint: `http://127.0.0.1:${serverPort}`,
        region: 'us-east-1',
        credentials: { accessKeyId: id, secretAccessKey: secret },
      })
    }, 600_000)

    afterAll(() => {
      client?.destroy()
      for (const name of ['server.pid', 'registry.pid']) {
        const path = join(work, name)
        if (existsSync(path)) process.kill(Number(readFileSync(path, 'utf8')), 'SIGTERM')
      }
      rmSync(work, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
    })

    function outputOf(part: string): string {
      const output = outputs.find(({ block }) => block.includes(part))
      if (output === undefined) throw new Error(`no block of the page has ${part}`)
      return output.stdout
    }

    async function allFindings(): Promise<Finding[]> {
      const findings: Finding[] = []
      for await (const answer of paginateListFindings({ client, pageSize: 7 }, {}))
        findings.push(...(answer.findings ?? []))
      return findings
    }

    it('shows the image in the AWS CLI with package, installed and fixed version, and severity', () => {
      const shown = JSON.parse(outputOf('--filter-criteria \'{"ecrImageTags"')) as unknown[]
      const rows = shown.filter(Array.isArray).map(row => JSON.stringify(row))

      expect(rows.length).toBeGreaterThan(0)
      for (const id of ['CVE-2018-25032', 'CVE-2022-37434', 'CVE-2021-3711']) {
        expect(JSON.stringify(shown)).toContain(id)
      }
    })

    it('says that the image is covered', () => {
      const coverage = outputOf('list-coverage')

      expect(coverage).toContain(oldDigest)
      expect(coverage).toMatch(/ACTIVE\s+SUCCESSFUL/)
    })

    /** Both images are of Debian 11, whose end the patched one shares. */
    async function findingsOfOld(): Promise<Finding[]> {
      return (await allFindings()).filter(
        finding => finding.resources?.[0]?.details?.awsEcrContainerImage?.imageHash === oldDigest,
      )
    }

    it('gives each expected CVE, package, installed and fixed version through the JavaScript SDK, and closes them all', async () => {
      const findings = await findingsOfOld()
      const rows = findings.flatMap(finding =>
        (finding.packageVulnerabilityDetails?.vulnerablePackages ?? []).map(pkg => [
          finding.packageVulnerabilityDetails?.vulnerabilityId,
          pkg.name,
          pkg.version,
          pkg.release,
          pkg.fixedInVersion,
        ]),
      )

      for (const expected of EXPECTED) expect(rows).toContainEqual([...expected])
      expect(new Set(findings.map(finding => finding.status))).toEqual(new Set(['CLOSED']))
    })

    it('groups the packages of one CVE in one finding and never makes a second one', async () => {
      const findings = await allFindings()
      const keys = findings.map(
        finding => `${finding.resources?.[0]?.id} ${finding.packageVulnerabilityDetails?.vulnerabilityId}`,
      )
      const gzip = findings.find(finding => finding.packageVulnerabilityDetails?.vulnerabilityId === 'CVE-2022-1271')

      expect(new Set(keys).size).toBe(keys.length)
      expect(gzip?.title).toBe('CVE-2022-1271 - gzip, liblzma5')
    })

    it('prints CLOSED for each finding of the deleted image', () => {
      const statuses = outputOf("query 'findings[].status'").trim().split(/\s+/)

      expect(statuses.length).toBeGreaterThan(10)
      expect(new Set(statuses)).toEqual(new Set(['CLOSED']))
    })

    it('finds the same with `scan` as the server did', async () => {
      const scanned = JSON.parse(
        runProgram('openinspector', ['scan', `oci:${join(work, 'old')}:latest`, '--format', 'json'], { env }),
      ) as { results: { findings: Record<string, unknown>[] }[] }
      const server = await findingsOfOld()

      const ofScan = scanned.results.flatMap(result => result.findings).map(comparable)
      const ofServer = server.map(finding => comparable(finding as unknown as Record<string, unknown>))

      expect(ofScan.length).toBeGreaterThan(10)
      expect(ofScan.toSorted(byText)).toEqual(ofServer.toSorted(byText))
    })

    it('finds nothing in the patched image that the advisories fixed, and says that its platform has ended', async () => {
      const answer = await client.send(
        new ListFindingsCommand({ filterCriteria: { ecrImageHash: [{ comparison: 'EQUALS', value: newDigest }] } }),
      )

      expect(answer.findings?.map(({ title, severity }) => [title, severity])).toEqual([
        ['Platform End Of Life', 'CRITICAL'],
      ])
      expect(outputOf('openinspector scan')).toContain('1 finding in 96 packages: 1 CRITICAL.')
    })

    it('answers boto3 as it answers the others', async () => {
      const code = [
        'import boto3, json, os',
        `client = boto3.client("inspector2", endpoint_url="http://127.0.0.1:${serverPort}")`,
        'pages = client.get_paginator("list_findings").paginate(PaginationConfig={"PageSize": 9})',
        'print(json.dumps(sorted(f["findingArn"] for p in pages for f in p["findings"])))',
      ].join('\n')
      const arns = JSON.parse(runProgram(process.env['PYTHON'] ?? 'python3', ['-c', code], { env })) as string[]

      expect(arns).toEqual((await allFindings()).map(finding => finding.findingArn ?? '').toSorted(byText))
    })
  },
)

/** What two reports of one detection must share, whatever the order of members. */
function comparable(finding: Record<string, unknown>): string {
  const details: unknown = JSON.parse(JSON.stringify(finding['packageVulnerabilityDetails']))
  return stableJson([finding['title'], finding['severity'], finding['fixAvailable'], finding['description'], details])
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1
}
