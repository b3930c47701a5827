import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { aCoverage, aFinding, aVulnerablePackage } from '../../test/support/builders.ts'
import { arbitraryFilter, arbitraryFinding, matches, NO_FILTER, valuesOf } from '../../test/support/finding-filters.ts'
import type { Finding } from '../domain/finding.ts'
import { parseRegion, vulnerabilityId, type AccountId } from '../domain/ids.ts'
import { STRING_FIELDS, type FindingFilter, type FindingSort } from '../findings/finding-query.ts'
import type { FindingStore } from '../findings/finding-store.ts'
import { riskFactorsOf, riskOf } from '../findings/risk/risk-order.ts'
import type { Database } from './database.ts'
import { SORT_COLUMNS } from './finding-order.ts'
import { pgFindingStore } from './pg-finding-store.ts'
import { pgScanStore } from './pg-scan-store.ts'

const REGION = parseRegion('eu-west-1')!
const SORTS = (Object.keys(SORT_COLUMNS) as FindingSort['field'][]).flatMap(field => [
  { field, order: 'ASC' as const },
  { field, order: 'DESC' as const },
])

/** What `FindingStore` promises, on whatever database. */
export function keepsTheFindingStorePromises(database: () => Database): void {
  const store = (): FindingStore => pgFindingStore(database())

  async function given(findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) {
      await pgScanStore(database()).commit(finding.resource, () => ({
        coverage: aCoverage({ resource: finding.resource }),
        inventory: 'keep',
        matchedWith: 'keep',
        changes: [{ is: 'opened', finding }],
        retire: false,
      }))
    }
  }

  async function searchAll(
    filter: FindingFilter,
    sort: FindingSort | null,
    accountIds: readonly AccountId[],
    limit: number,
  ): Promise<Finding[]> {
    const found: Finding[] = []
    let after: string | null = null
    do {
      const page = await store().search({ region: REGION, accountIds, filter, sort, limit, after })
      if (!page.ok) throw new Error(page.error)
      expect(page.value.findings.length).toBeLessThanOrEqual(limit)
      found.push(...page.value.findings)
      after = page.value.next
    } while (after !== null)
    return found
  }

  /** Sixty findings of three accounts in which every attribute is sometimes missing, or `null` in its place. */
  function various(): Finding[] {
    const all = fc.sample(arbitraryFinding(), { numRuns: 60, seed: 11 })
    return [...new Map(all.map(finding => [finding.arn, finding])).values()]
  }
  const accountsOf = (findings: readonly Finding[]) => [
    ...new Set(findings.map(finding => finding.resource.scope.accountId)),
  ]

  it('agrees with the plain meaning of every filter', { timeout: 120_000 }, async () => {
    const findings = various()
    await given(findings)
    const accountIds = accountsOf(findings)

    await fc.assert(
      fc.asyncProperty(arbitraryFilter(), async filter => {
        const found = await searchAll(filter, null, accountIds, 100)

        const expected = findings.filter(finding => matches(filter, finding))
        expect(found.map(finding => finding.arn).toSorted()).toEqual(expected.map(finding => finding.arn).toSorted())
      }),
      { numRuns: 150 },
    )
  })

  it('reads each text field by each comparison as what it is', { timeout: 120_000 }, async () => {
    const findings = various()
    await given(findings)
    const accountIds = accountsOf(findings)

    for (const field of STRING_FIELDS) {
      const values = [...new Set(findings.flatMap(finding => valuesOf(field, finding)))].slice(0, 3)
      const wanted = [...values, ...values.map(value => value.slice(0, -1).toWellFormed()), '']
      for (const comparison of ['EQUALS', 'PREFIX', 'NOT_EQUALS'] as const) {
        for (const value of new Set(wanted)) {
          const filter = { ...NO_FILTER, strings: { [field]: [{ comparison, value }] } }
          const found = await searchAll(filter, null, accountIds, 100)

          const expected = findings.filter(finding => matches(filter, finding))
          expect({ field, comparison, value, count: found.length }).toEqual({
            field,
            comparison,
            value,
            count: expected.length,
          })
        }
      }
    }
  })

  it('weighs the risk of a finding in the database as in the code', async () => {
    const findings = various()
    await given(findings)
    for (const [index, isInUse] of [null, true, false].entries()) {
      await database().transaction('all', statements =>
        statements.rows(
          sql`update finding_scores set in_use = ${isInUse} where vulnerability_id is not null and abs(hashtext(finding_id::text)) % 3 = ${index}`,
        ),
      )
    }

    const rows = await database().transaction('all', statements =>
      statements.rows<{ arn: string; risk: number }>(
        sql`select arn, risk from findings join finding_scores using (region, account_id, finding_id)`,
      ),
    )

    const stored = await searchAll(NO_FILTER, { field: 'RISK', order: 'DESC' }, accountsOf(findings), 7)
    const risks = stored.map(({ detection }) => riskOf(riskFactorsOf(detection)))
    expect(risks).toEqual(risks.toSorted((a, b) => b - a))
    expect(new Set(stored.map(({ detection }) => riskFactorsOf(detection).isInUse))).toEqual(
      new Set([null, true, false]),
    )
    const riskOfArn = new Map(rows.map(({ arn, risk }) => [arn, risk]))
    expect(stored.map(({ arn }) => riskOfArn.get(arn))).toEqual(risks)
  })

  it('finds each finding once by every sort, in rising or falling order, with missing values last', async () => {
    const findings = various()
    await given(findings)
    const accountIds = accountsOf(findings)

    for (const sort of SORTS) {
      const found = await searchAll(NO_FILTER, sort, accountIds, 7)

      expect(new Set(found.map(finding => finding.arn)).size).toBe(findings.length)
      const keys = found.map(finding => sortKey(sort, finding))
      const present = keys.filter(key => key !== null)
      expect(keys.slice(0, present.length)).toEqual(present)
      const rising = sort.order === 'ASC' ? present : present.toReversed()
      expect(rising).toEqual(rising.toSorted(byCodePoint))
      const one = await searchAll(NO_FILTER, sort, accountIds, 1_000)
      expect(found).toEqual(one)
    }
  })

  it('sorts by urgency, not by the alphabet, and starts with the most urgent', async () => {
    const severities = ['INFORMATIONAL', 'LOW', 'UNTRIAGED', 'MEDIUM', 'HIGH', 'CRITICAL'] as const
    await given(
      severities.map(severity => aFinding({ detection: { severity, vulnerabilityId: vulnerabilityId(severity) } })),
    )

    const found = await searchAll(NO_FILTER, null, [aFinding().resource.scope.accountId], 2)

    expect(found.map(finding => finding.detection.severity)).toEqual(severities.toReversed())
  })

  it('shows nothing of other accounts and Regions', async () => {
    const findings = various()
    await given(findings)
    const [account] = accountsOf(findings)

    const own = await searchAll(NO_FILTER, null, [account!], 100)
    const none = await store().search({
      region: REGION,
      accountIds: [],
      filter: NO_FILTER,
      sort: null,
      limit: 10,
      after: null,
    })
    const elsewhere = await store().search({
      region: parseRegion('us-east-1')!,
      accountIds: accountsOf(findings),
      filter: NO_FILTER,
      sort: null,
      limit: 10,
      after: null,
    })

    expect(own.length).toBe(findings.filter(finding => finding.resource.scope.accountId === account).length)
    expect(none).toEqual({ ok: true, value: { findings: [], next: null } })
    expect(elsewhere).toEqual({ ok: true, value: { findings: [], next: null } })
  })

  it('requires the parts of a package condition of one package', async () => {
    const finding = aFinding({
      detection: {
        vulnerablePackages: [
          aVulnerablePackage({ name: 'a', version: '1' }),
          aVulnerablePackage({ name: 'b', version: '2' }),
        ],
      },
    })
    await given([finding])
    const filter = (name: string, version: string): FindingFilter => ({
      ...NO_FILTER,
      vulnerablePackages: [
        { name: { comparison: 'EQUALS', value: name }, version: { comparison: 'EQUALS', value: version } },
      ],
    })
    const accountIds = [finding.resource.scope.accountId]

    expect(await searchAll(filter('a', '1'), null, accountIds, 10)).toEqual([finding])
    expect(await searchAll(filter('a', '2'), null, accountIds, 10)).toEqual([])
  })

  describe('page tokens', () => {
    const query = {
      region: REGION,
      accountIds: [aFinding().resource.scope.accountId],
      filter: NO_FILTER,
      sort: { field: 'VENDOR_SEVERITY', order: 'ASC' } as const,
      limit: 1,
    }

    async function aToken(): Promise<string> {
      await given([
        aFinding(),
        aFinding({ detection: { vulnerabilityId: vulnerabilityId('CVE-2026-2'), vendorSeverity: 'low' } }),
      ])
      const page = await store().search({ ...query, after: null })
      return page.ok ? page.value.next! : ''
    }

    it('belong to one sort', async () => {
      const token = await aToken()

      const other = await store().search({ ...query, sort: { field: 'VENDOR_SEVERITY', order: 'DESC' }, after: token })

      expect(other).toEqual({ ok: false, error: 'unreadable-token' })
    })

    it('never make a statement fail, whatever is in them', async () => {
      const token = await aToken()
      const parts = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
      const answers = new Set<string>()
      const strange = fc.oneof(fc.jsonValue(), fc.constantFrom('\0', '\uD800', 1e308, -1, "'; drop table findings"))

      await fc.assert(
        fc.asyncProperty(fc.nat(4), strange, fc.constantFrom(...SORTS), async (index, value, sort) => {
          const forged = Buffer.from(JSON.stringify(parts.with(index, value))).toString('base64url')
          const own = Buffer.from(JSON.stringify(parts.with(1, `${sort.field} ${sort.order}`).with(2, value)))
          for (const after of [forged, own.toString('base64url'), token.slice(index), `${token}=`]) {
            const page = await store().search({ ...query, sort, after })
            answers.add(page.ok ? 'a page' : page.error)
          }
        }),
        { numRuns: 60 },
      )
      expect(answers).toEqual(new Set(['a page', 'unreadable-token']))
    })
  })
}

function sortKey({ field }: FindingSort, finding: Finding): string | number | null {
  const { detection, resource } = finding
  const packages = detection.type === 'PACKAGE_VULNERABILITY' ? detection : null
  const path = detection.type === 'NETWORK_REACHABILITY' ? detection.path : null
  const image = resource.details.type === 'AWS_ECR_CONTAINER_IMAGE' ? resource.details : null
  const ranks = ['INFORMATIONAL', 'LOW', 'UNTRIAGED', 'MEDIUM', 'HIGH', 'CRITICAL']
  switch (field) {
    case 'AWS_ACCOUNT_ID':
      return resource.scope.accountId
    case 'FINDING_TYPE':
      return detection.type
    case 'SEVERITY':
      return ranks.indexOf(detection.severity)
    case 'FIRST_OBSERVED_AT':
      return finding.firstObservedAt
    case 'LAST_OBSERVED_AT':
      return finding.lastObservedAt
    case 'FINDING_STATUS':
      return finding.status
    case 'RESOURCE_TYPE':
      return resource.details.type
    case 'ECR_IMAGE_PUSHED_AT':
      return image?.pushedAt ?? null
    case 'ECR_IMAGE_REPOSITORY_NAME':
      return image?.repositoryName ?? null
    case 'ECR_IMAGE_REGISTRY':
      return image?.registry ?? null
    case 'NETWORK_PROTOCOL':
      return path?.protocol ?? null
    case 'COMPONENT_TYPE':
      return path?.steps[0]?.componentType ?? null
    case 'EPSS_SCORE':
      return packages?.epssScore ?? null
    case 'VULNERABILITY_ID':
      return packages?.vulnerabilityId ?? null
    case 'VULNERABILITY_SOURCE':
      return packages?.source ?? null
    case 'INSPECTOR_SCORE':
      return packages?.score?.score ?? null
    case 'RISK':
      return riskOf(riskFactorsOf(detection))
    case 'VENDOR_SEVERITY':
      return packages?.vendorSeverity ?? null
  }
}

function byCodePoint(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : Buffer.compare(Buffer.from(`${a}`), Buffer.from(`${b}`))
}
