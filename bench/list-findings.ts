import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { instant } from '../src/base/clock.ts'
import { parseAccountId, parseRegion, resourceId, vulnerabilityId, type Scope } from '../src/domain/ids.ts'
import { severityOfScore } from '../src/domain/severity.ts'
import type { FindingFilter } from '../src/findings/finding-query.ts'
import { reconcile } from '../src/findings/reconcile.ts'
import { openDatabase } from '../src/store/open-database.ts'
import { SORT_COLUMNS } from '../src/store/finding-order.ts'
import { pgFindingStore } from '../src/store/pg-finding-store.ts'
import { pgScanStore } from '../src/store/pg-scan-store.ts'
import { NO_FILTER } from '../test/support/finding-filters.ts'
import { aDetection, anImage, anInstance, aResource } from '../test/support/builders.ts'

const RESOURCES = 1_000
const FINDINGS = 100
const PAGE = 50
const ROUNDS = 21

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const FILTERS: Readonly<Record<string, FindingFilter>> = {
  'no filter': NO_FILTER,
  'active ones': withText('findingStatus', 'ACTIVE'),
  'of one vulnerability': withText('vulnerabilityId', 'CVE-2026-77'),
  'of one resource': withText('resourceId', idOf(RESOURCES / 2)),
  'of one severity': withText('severity', 'CRITICAL'),
}

/** Pages of 50 of 100,000 findings, half of them of images: the median and the longest of 21 for each sort and filter. */
export async function measureListFindings(): Promise<void> {
  console.log(
    `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}; PGlite in a directory`,
  )
  const directory = await mkdtemp(join(tmpdir(), 'openinspector-bench-'))
  const database = await openDatabase({ directory })
  try {
    const scope: Scope = { accountId: parseAccountId('111122223333')!, region: parseRegion('eu-west-1')! }
    const scans = pgScanStore(database)
    const start = performance.now()
    for (let at = 0; at < RESOURCES; at += 1) await fill(scans, scope, at)
    console.log(`${RESOURCES} commits of ${FINDINGS} findings: ${Math.round(performance.now() - start)} ms`)

    const findings = pgFindingStore(database)
    const measure = async (): Promise<void> => {
      for (const [what, filter] of Object.entries(FILTERS)) {
        const medians: { readonly field: string; readonly median: number; readonly longest: number }[] = []
        for (const field of Object.keys(SORT_COLUMNS) as (keyof typeof SORT_COLUMNS)[]) {
          const times: number[] = []
          for (let round = 0; round < ROUNDS; round += 1) {
            const begin = performance.now()
            const order = round % 2 === 0 ? 'DESC' : 'ASC'
            const query = {
              accountIds: [scope.accountId],
              region: scope.region,
              filter,
              sort: { field, order } as const,
            }
            const page = await findings.search({ ...query, after: null, limit: PAGE })
            if (!page.ok || page.value.findings.length === 0) throw new Error(`no findings by ${field}`)
            times.push(performance.now() - begin)
          }
          times.sort((a, b) => a - b)
          medians.push({ field, median: times[ROUNDS >> 1] ?? 0, longest: times.at(-1) ?? 0 })
        }
        console.log(what)
        for (const { field, median, longest } of medians) {
          console.log(`  ${field.padEnd(28)} ${median.toFixed(1).padStart(8)} ms ${longest.toFixed(1).padStart(8)} ms`)
        }
      }
    }
    console.log('before the first look at the tables')
    await measure()
    await database.executeSql('vacuum (analyze)')
    console.log('after it')
    await measure()
  } finally {
    await database.close()
    await rm(directory, { recursive: true, force: true })
  }
}

function withText(field: keyof FindingFilter['strings'], value: string): FindingFilter {
  return { ...NO_FILTER, strings: { [field]: [{ comparison: 'EQUALS', value }] } }
}

function idOf(at: number): string {
  return at % 2 === 0 ? `i-${at.toString(16).padStart(17, '0')}` : `arn:aws:ecr:eu-west-1:111122223333:repository/${at}`
}

async function fill(store: ReturnType<typeof pgScanStore>, scope: Scope, at: number): Promise<void> {
  const details = at % 2 === 0 ? anInstance() : anImage({ repositoryName: `team/app-${at % 50}` })
  const resource = aResource({ scope, id: resourceId(idOf(at)), details })
  const detections = Array.from({ length: FINDINGS }, (_, index) => {
    const score = 2 + ((index * 7 + at) % 80) / 10
    return aDetection({
      vulnerabilityId: vulnerabilityId(`CVE-2026-${(at * 13 + index) % 2_000}`),
      severity: severityOfScore(score),
      score: { score, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', version: '3.1', source: 'NVD' },
      epssScore: ((index * 31 + at * 17) % 1000) / 1000,
    })
  })
  const sighting = { resource, detections, absence: 'remediated', provesGone: () => true } as const
  const changes = reconcile([], sighting, instant(at * 1000), sha256)
  await store.commit(resource, () => ({
    coverage: { resource, scanType: 'PACKAGE', reason: 'SUCCESSFUL', detail: null, problems: [], lastScannedAt: null },
    inventory: 'keep',
    matchedWith: 'keep',
    changes,
    retire: false,
  }))
}
