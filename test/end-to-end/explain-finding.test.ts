import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage } from '../support/image-builder.ts'
import { startHostileRegistry, type HostileRegistry } from '../support/hostile-registry.ts'
import {
  credentialsOf,
  eventually,
  removeHome,
  startCommand,
  startProduct,
  temporaryHome,
  type Ended,
  type RunningProduct,
} from '../support/running-product.ts'
import { EXPLAIN_FINDING_OBJECTS, EXPLAIN_OBJECTS } from '../../scripts/explain-reference.ts'
import { addRegistry, findingsOf, type ListedFinding } from '../support/server-views.ts'
import { npmPackages, SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'

/** Of the server; the command line reads its own advisories, in a home of its own or in that of the server. */
const home = temporaryHome()
const elsewhere = temporaryHome()
const feeds = join(home, 'feeds')
const otherFeeds = join(elsewhere, 'feeds')
let registry: HostileRegistry
let server: RunningProduct

beforeAll(async () => {
  registry = await startHostileRegistry()
  registry.put('shop/api', '1.0', buildImage([npmPackages({ alpha: '1.0.0', beta: '2.0.0' })]))
  writeNpmFeed(feeds, SMALL_ADVISORIES)
  server = await startProduct({ home, env: { OPENINSPECTOR_FEEDS: feeds } })
  await addRegistry(server, registry.url, 86_400)
  await eventually(async () => (await findingsOf(server)).length === 2, 'the image is scanned')
}, 60_000)

afterAll(async () => {
  await server?.kill('SIGTERM')
  await registry?.close()
  removeHome(home)
  removeHome(elsewhere)
})

async function findingOf(name: string): Promise<ListedFinding> {
  const all = await findingsOf(server)
  const found = all.find(finding => finding.packageVulnerabilityDetails.vulnerablePackages[0]?.name === name)
  if (found === undefined) throw new Error(`there is no finding of ${name}`)
  return found
}

function explain(arn: string, inHome: string, ...more: readonly string[]): Promise<Ended> {
  return ask(['explain', arn, ...more], inHome)
}

/** A command that speaks to the server, in a home of its own. */
function ask(words: readonly string[], inHome: string): Promise<Ended> {
  const { accessKeyId, secretAccessKey } = credentialsOf(home)
  return startCommand([...words, '--url', server.url], {
    OPENINSPECTOR_HOME: inHome,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: 'us-east-1',
  })
}

describe('openinspector explain of a finding of a running server', () => {
  it('shows the evidence of an active one, and that the advisories still say so', async () => {
    const { findingArn } = await findingOf('alpha')

    const words = await explain(findingArn, home)
    const json = await explain(findingArn, home, '--format', 'json')

    expect(words).toMatchObject({ status: 0, stderr: '' })
    expect(words.stdout).toMatch(/^CVE-2001-0001 on arn:aws:ecr:\S+: ACTIVE\n {2}Seen first 20\S+Z, last 20\S+Z\n/)
    expect(words.stdout).toContain('CVE-2001-0001 (osv): npm alpha 1.0.0 in < 1.5.0 (semver), fixed in 1.5.0')
    expect(words.stdout).toContain('alpha 1.0.0 and CVE-2001-0001: AFFECTED')
    expect(JSON.parse(json.stdout)).toMatchObject({
      finding: {
        findingArn,
        status: 'ACTIVE',
        closedAt: null,
        closeReason: null,
        vulnerablePackages: [{ name: 'alpha', evidence: [{ advisoryId: 'CVE-2001-0001', range: '< 1.5.0 (semver)' }] }],
      },
      explanations: [{ outcome: 'affected', fixedVersion: '1.5.0', subject: { name: 'alpha', version: '1.0.0' } }],
    })
  })

  it('keeps the stored evidence apart from advisories that moved on meanwhile', async () => {
    const [alpha, beta] = SMALL_ADVISORIES
    writeNpmFeed(otherFeeds, [{ ...alpha!, fixed: '0.9.0' }, beta!])
    await startCommand(['advisories', 'sync'], { OPENINSPECTOR_HOME: elsewhere, OPENINSPECTOR_FEEDS: otherFeeds })
    const { findingArn } = await findingOf('alpha')

    const { status, stdout } = await explain(findingArn, elsewhere)

    expect(status).toBe(0)
    expect(stdout).toContain('npm alpha 1.0.0 in < 1.5.0 (semver), fixed in 1.5.0')
    expect(stdout).toContain('alpha 1.0.0 and CVE-2001-0001: NOT AFFECTED')
    expect(stdout).toContain('The advisories of this machine say otherwise than when the finding was stored.')
  })

  it('says when and why a closed one was closed', async () => {
    const [alpha, beta] = SMALL_ADVISORIES
    writeNpmFeed(feeds, [alpha!, { ...beta!, withdrawn: true }])
    await server.post('/openinspector/advisories/sync', {})
    await eventually(async () => (await findingOf('beta')).status === 'CLOSED', 'the finding is closed')
    const { findingArn } = await findingOf('beta')

    const words = await explain(findingArn, home)
    const json = await explain(findingArn, home, '--format', 'json')

    expect(words).toMatchObject({ status: 0, stderr: '' })
    expect(words.stdout).toMatch(/: CLOSED\n.*\n {2}Closed 20\S+Z: the package is gone or fixed, or the advisories/)
    expect(words.stdout).toContain('npm beta 2.0.0 in < 3.0.0 (semver), fixed in 3.0.0')
    expect(words.stdout).toContain('CVE-2001-0002 (osv npm): withdrawn by its source')
    expect(JSON.parse(json.stdout)).toMatchObject({
      finding: { status: 'CLOSED', closeReason: 'remediated', closedAt: expect.stringMatching(/^20/) as string },
      explanations: [{ outcome: 'not-named', unrelated: { items: [{ is: 'withdrawn' }] } }],
    })
  })

  it('is listed by `openinspector findings` with what makes up its risk', async () => {
    const { findingArn } = await findingOf('alpha')
    const run = (...more: readonly string[]) => ask(['findings', ...more], home)

    const words = await run()
    const json = await run('--sort', 'severity', '--type', 'package', '--limit', '1', '--format', 'json')
    const network = await run('--type', 'network')

    expect(words).toMatchObject({ status: 0, stderr: '' })
    expect(words.stdout).toMatch(/^Risk +Severity +Score +Finding +Resource +Because/)
    expect(words.stdout).toContain('CVE-2001-0001 - alpha')
    expect(JSON.parse(json.stdout)).toMatchObject([
      { finding: { findingArn }, risk: { parts: expect.any(Array) as unknown[] } },
    ])
    expect(network).toMatchObject({ status: 0, stdout: 'No active findings.\n' })
  })

  it('prints the members that docs/reference/explain.md lists, and no other', async () => {
    const { findingArn } = await findingOf('alpha')

    const { stdout } = await explain(findingArn, home, '--format', 'json')

    const said = JSON.parse(stdout) as { explanations: unknown[] }
    for (const [objects, root, optional] of [
      [EXPLAIN_FINDING_OBJECTS, said, ['state', 'networkPath']],
      [EXPLAIN_OBJECTS, said.explanations[0], ['purl']],
    ] as const) {
      for (const { at, members } of objects) {
        for (const object of objectsAt(root, at)) {
          const listed = Object.keys(members).filter(name => !optional.some(each => each === name))
          expect({ at, members: Object.keys(object).toSorted() }).toEqual({ at, members: listed.toSorted() })
        }
      }
    }
  })

  it.each([
    ['an ARN of nothing', 'arn:aws:inspector2:us-east-1:123456789012:finding/0123456789abcdef0123456789abcdef', 3],
    ['no ARN of a finding', 'arn:aws:s3:::bucket', 2],
  ])('answers %s with one sentence', async (_what, arn, code) => {
    const { status, stdout, stderr } = await explain(arn, home)

    expect({ status, stdout }).toEqual({ status: code, stdout: '' })
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

/** The objects at a path such as `finding.vulnerablePackages[].evidence[]`. */
function objectsAt(root: unknown, path: string): readonly object[] {
  let found: unknown[] = [root]
  for (const step of path.split('.').filter(Boolean)) {
    found = found.flatMap(value => Reflect.get(value as object, step.replace('[]', '')) as unknown)
  }
  return found as object[]
}
