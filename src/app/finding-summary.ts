import type { ResourceId } from '../domain/ids.ts'
import { SEVERITIES, SEVERITY_RANK, type Severity } from '../domain/severity.ts'
import type { FindingStore } from '../findings/finding-store.ts'
import type { FindingFilter } from '../findings/finding-query.ts'
import type { Config } from './config.ts'

/** What a person wants to know of one resource at a glance. */
export interface FindingSummary {
  readonly resourceId: string
  /** `12 findings: 1 CRITICAL, 11 HIGH` */
  readonly inWords: string
  readonly worst: readonly { readonly severity: Severity; readonly title: string; readonly fixedIn: string | null }[]
}

const PAGE_SIZE = 100
const SHOWN = 10

/** Counts the resource's open findings, worst first. */
export async function findingSummary(
  store: FindingStore,
  config: Pick<Config, 'accountId' | 'region'>,
  resourceId: ResourceId | string,
): Promise<FindingSummary> {
  const filter: FindingFilter = {
    strings: {
      resourceId: [{ comparison: 'EQUALS', value: resourceId }],
      findingStatus: [{ comparison: 'EQUALS', value: 'ACTIVE' }],
    },
    dates: {},
    numbers: {},
    resourceTags: [],
    portRange: [],
    vulnerablePackages: [],
  }
  const counts = new Map<Severity, number>()
  const worst: { severity: Severity; title: string; fixedIn: string | null }[] = []
  let after: string | null = null
  do {
    const page = await store.search({
      region: config.region,
      accountIds: [config.accountId],
      filter,
      sort: null,
      limit: PAGE_SIZE,
      after,
    })
    if (!page.ok) break
    for (const { detection } of page.value.findings) {
      counts.set(detection.severity, (counts.get(detection.severity) ?? 0) + 1)
      if (worst.length < SHOWN) {
        const [first] = detection.type === 'PACKAGE_VULNERABILITY' ? detection.vulnerablePackages : []
        const fixedIn = first?.fixedInVersion ?? null
        worst.push({ severity: detection.severity, title: detection.title, fixedIn })
      }
    }
    after = page.value.next
  } while (after !== null)
  return { resourceId, inWords: countsInWords(counts), worst }
}

function countsInWords(counts: ReadonlyMap<Severity, number>): string {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (total === 0) return 'no findings'
  const parts = SEVERITIES.toSorted((a, b) => SEVERITY_RANK[b] - SEVERITY_RANK[a])
    .filter(severity => counts.has(severity))
    .map(severity => `${counts.get(severity) ?? 0} ${severity}`)
  return `${total} finding${total === 1 ? '' : 's'}: ${parts.join(', ')}`
}
