import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'

import { instant } from '../src/base/clock.ts'
import type { Advisory } from '../src/domain/advisory.ts'
import type { Coverage } from '../src/domain/coverage.ts'
import { parseAccountId, parseDigest, parseRegion, resourceId, type Scope } from '../src/domain/ids.ts'
import type { InstalledPackage, Inventory } from '../src/domain/inventory.ts'
import { namespace } from '../src/domain/namespace.ts'
import { dpkgScheme } from '../src/ecosystems/deb/version.ts'
import type { FeedUpdate } from '../src/scanning/advisory-database.ts'
import { currentAdvisories } from '../src/scanning/current-advisories.ts'
import { planRematches, rematchScope, type RematchParts } from '../src/scanning/rematch.ts'
import { openAdvisoryDatabase } from '../src/store/advisory-database/database.ts'
import type { Database } from '../src/store/database.ts'
import { storeInventory } from '../src/store/inventory-content.ts'
import { jsonBatches } from '../src/store/json-batches.ts'
import { openDatabase } from '../src/store/open-database.ts'
import { pgRematchStore } from '../src/store/pg-rematch-store.ts'
import { resourceColumns } from '../src/store/resource-row.ts'
import { systemClock } from '../src/system/clock.ts'

interface Fleet {
  readonly resources: number
  /** Resources that hold one inventory; 1 makes every inventory distinct. */
  readonly sharing: number
}

const FLEETS: readonly Fleet[] = [
  { resources: 2_000, sharing: 10 },
  { resources: 20_000, sharing: 10 },
  { resources: 20_000, sharing: 1 },
]
/** Ten times the fleet takes half an hour to load: on request. */
const LARGE_FLEET: Fleet = { resources: 200_000, sharing: 10 }

const PACKAGES = 300
const FINDINGS = 10
const AFFECTED = 500
const ROUNDS = 3
const BOOKWORM = namespace('debian:12')

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** From the swap of the advisories to committed findings and events: one new advisory that affects 500 resources. */
export async function measureRematch(): Promise<void> {
  console.log(
    `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}; PGlite in a directory`,
  )
  console.log(
    'resources  inventories  package rows  findings  whole fleet (s)  advisory: swap (ms)  findings committed (ms)',
  )
  const fleets = process.env['OPENINSPECTOR_BENCH_LARGE'] === undefined ? FLEETS : [...FLEETS, LARGE_FLEET]
  for (const fleet of fleets) await measureFleet(fleet)
}

async function measureFleet(fleet: Fleet): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'openinspector-bench-'))
  const database = await openDatabase({ directory: join(directory, 'database') })
  const advisoryDatabase = openAdvisoryDatabase(join(directory, 'advisories'))
  const advisories = currentAdvisories(advisoryDatabase)
  try {
    const parts: RematchParts = {
      store: pgRematchStore(database),
      database: advisoryDatabase,
      advisories,
      clock: systemClock,
      sha256,
    }
    await advisoryDatabase.apply([update(0)], systemClock.now())
    await load(database, fleet)
    // The first match of everything is the product's own work; maintenance follows, as it would within a minute.
    const loadedInMs = await timed(() => rematch(parts))
    await database.executeSql('vacuum (analyze)')

    const swaps: number[] = []
    const commits: number[] = []
    for (let round = 1; round <= ROUNDS; round += 1) {
      const before = await eventCount(database)
      swaps.push(await timed(() => advisoryDatabase.apply([update(round)], systemClock.now())))
      commits.push(await timed(() => rematch(parts)))
      const opened = (await eventCount(database)) - before
      if (opened !== AFFECTED) throw new Error(`${opened} events instead of ${AFFECTED}`)
    }
    const row = [
      fleet.resources,
      fleet.resources / fleet.sharing,
      fleet.resources * PACKAGES,
      fleet.resources * FINDINGS,
      (loadedInMs / 1000).toFixed(1),
      swaps.map(ms => ms.toFixed(0)).join(' '),
      commits.map(ms => ms.toFixed(0)).join(' '),
    ]
    console.log(row.join('  '))
  } finally {
    advisories.close()
    await database.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function rematch(parts: RematchParts): Promise<void> {
  for (const scope of await planRematches(parts)) await rematchScope(parts, scope, new AbortController().signal)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

async function eventCount(database: Database): Promise<number> {
  const { rows } = await database.executeSql('select count(*)::integer as count from openinspector.outbox')
  return Number(rows[0]?.['count'])
}

/** Ten flaws that everybody has, hundreds that nobody has, and after each round one more of the rare package. */
function update(round: number): FeedUpdate {
  const common = Array.from({ length: FINDINGS }, (_, at) => anAdvisory(1000 + at, `common-${at}`, '9.0-1'))
  const harmless = Array.from({ length: PACKAGES * 10 }, (_, at) =>
    anAdvisory(10_000 + at, `common-${at % PACKAGES}`, '0.5-1'),
  )
  const rare = Array.from({ length: round }, (_, at) => anAdvisory(5000 + at, 'rare', '9.0-1'))
  const list = [...common, ...harmless, ...rare]
  const counts = { recordCount: list.length, skipped: [], validator: null, newestModified: null }
  return { is: 'replace', feed: 'osv', content: { part: 'Debian', advisories: list, ...counts } }
}

function anAdvisory(number: number, name: string, fixedText: string): Advisory {
  const fixed = dpkgScheme.parse(fixedText)
  if (!fixed.ok) throw new Error(`cannot read ${fixedText}`)
  return {
    id: `DEBIAN-CVE-2026-${number}`,
    feed: 'osv',
    source: 'DEBIAN_CVE',
    sourceUrl: null,
    aliases: [],
    upstream: [`CVE-2026-${number}`],
    summary: null,
    details: 'A paragraph of the length that descriptions usually have. '.repeat(8),
    severities: [{ system: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    references: ['https://example.org/1', 'https://example.org/2'],
    published: instant(0),
    modified: null,
    withdrawn: null,
    affected: [
      {
        namespace: BOOKWORM,
        name,
        versions: [],
        ranges: [{ scheme: 'dpkg', introduced: 'beginning', end: { fixed: fixed.value } }],
      },
    ],
  }
}

function aScope(): Scope {
  const [accountId, region] = [parseAccountId('111122223333'), parseRegion('eu-west-1')]
  if (accountId === null || region === null) throw new Error('not a scope')
  return { accountId, region }
}

/** Resources and inventories as scans leave them, without findings yet. */
async function load(database: Database, { resources, sharing }: Fleet): Promise<void> {
  const scope = aScope()
  const hashes: string[] = []
  const rareInventories = AFFECTED / sharing
  for (let start = 0; start < resources / sharing; start += 100) {
    await database.transaction([scope.accountId], async statements => {
      for (let at = start; at < Math.min(start + 100, resources / sharing); at += 1) {
        hashes.push(await storeInventory(statements, scope, anInventory(at, at < rareInventories)))
      }
    })
  }
  for (const batch of jsonBatches(resourceRows(scope, resources, sharing, hashes))) {
    await database.transaction([scope.accountId], statements =>
      statements.rows(sql`
        insert into resources (region, account_id, resource_id, resource_type, registry, repository, image_tags, tags,
          document, status_code, reason, coverage, last_scanned_at, inventory_hash, retired)
        select ${scope.region}, ${scope.accountId}, id, "resourceType", registry, repository, '{}', '{}',
          document, "statusCode", reason, coverage, "lastScannedAt", hash, false
        from json_to_recordset(${batch}::json) as row (id text, "resourceType" text, registry text, repository text,
          document text, "statusCode" text, reason text, coverage text, "lastScannedAt" bigint, hash text)`),
    )
  }
  await database.executeSql(
    `insert into openinspector.matched_versions values ('${scope.region}', '${scope.accountId}', null)`,
  )
}

function* resourceRows(
  scope: Scope,
  resources: number,
  sharing: number,
  hashes: readonly string[],
): Generator<Record<string, unknown>> {
  for (let at = 0; at < resources; at += 1) {
    const coverage = coverageOf(scope, at)
    yield { ...resourceColumns(coverage), id: coverage.resource.id, hash: hashes[Math.floor(at / sharing)] }
  }
}

function coverageOf(scope: Scope, at: number): Coverage {
  const imageHash = parseDigest(`sha256:${sha256(`image ${at}`)}`)
  if (imageHash === null) throw new Error('not a digest')
  const repositoryName = `team/app-${at % 500}`
  return {
    resource: {
      scope,
      id: resourceId(
        `arn:aws:ecr:eu-west-1:111122223333:repository/registry.example.org/${repositoryName}/${imageHash}`,
      ),
      details: {
        type: 'AWS_ECR_CONTAINER_IMAGE',
        repositoryName,
        registry: 'registry.example.org',
        imageHash,
        imageTags: ['1.0'],
        pushedAt: instant(0),
        author: null,
        architecture: 'amd64',
        platform: 'DEBIAN_12',
      },
      tags: {},
    },
    scanType: 'PACKAGE',
    reason: 'SUCCESSFUL',
    detail: null,
    problems: [],
    lastScannedAt: instant(0),
  }
}

/** 250 packages that most images have, and 50 of the many that some have. */
function anInventory(at: number, hasRare: boolean): Inventory {
  const names = Array.from({ length: PACKAGES }, (_, index) =>
    index < 250 ? `common-${index}` : `some-${(at * 50 + index) % 20_000}`,
  )
  if (hasRare) names[PACKAGES - 1] = 'rare'
  return {
    distro: { id: 'debian', versionId: '12', codename: 'bookworm', prettyName: 'Debian GNU/Linux 12 (bookworm)' },
    packages: names.map(name => aPackage(name, at)),
    problems: [],
  }
}

function aPackage(name: string, at: number): InstalledPackage {
  const digest = parseDigest(`sha256:${sha256(`layer ${at}`)}`)
  if (digest === null) throw new Error('not a digest')
  return {
    type: 'deb',
    namespace: BOOKWORM,
    name,
    version: `1.0-${at % 7}`,
    arch: 'amd64',
    source: null,
    manager: 'OS',
    filePath: 'var/lib/dpkg/status',
    layer: { diffId: digest, digest },
    ownedBy: null,
  }
}
