import { sql } from 'kysely'
import { resourceId, vulnerabilityId, type ResourceId, type Scope, type VulnerabilityId } from '../domain/ids.ts'
import type { Finding, FindingChange } from '../domain/finding.ts'
import type { ExposureLevel } from '../domain/network/open-path.ts'
import type { ResourceType } from '../domain/resource.ts'
import { MATCHING_REVISION } from '../matching/subject.ts'
import type { HeldResource, RematchOutcome, RematchStore } from '../scanning/rematch-store.ts'
import { readBuried } from './buried-generations.ts'
import type { Database, Statements } from './database.ts'
import { DOCUMENT, findingOf, FINDINGS, type FindingDocument } from './finding-row.ts'
import { readInventories } from './inventory-content.ts'
import { jsonBatches } from './json-batches.ts'
import { basisOf, forgetDue, holdMatchedVersion, readBasis, settle, type Settled } from './matched-version.ts'
import { makeDue } from './plan-rematches.ts'
import { knownResource, resourceColumns, type ResourceDocuments } from './resource-row.ts'
import { inScope, scopeOf, type ScopeRow } from './scope-row.ts'
import { storable, storableKey } from './storable.ts'
import { writeChanges } from './write-changes.ts'

/** What is due after the advisories changed, in PostgreSQL. */
export function pgRematchStore(database: Database): RematchStore {
  return {
    outdated: advisoryVersion =>
      database.transaction('all', async statements => {
        const rows = await statements.rows<ScopeRow & { version: string | null }>(sql`
          select region, account_id, version from matched_versions
          where version is distinct from ${basisOf(advisoryVersion)} order by region, account_id`)
        return rows.flatMap(row => {
          const basis = readBasis(row.version)
          // A newer version of the product reads the advisories otherwise: its word stands.
          if (basis !== null && basis.revision > MATCHING_REVISION) return []
          return [{ scope: scopeOf(row), matchedWith: advisoryVersionOf(row.version) }]
        })
      }),

    plan: ({ scope, matchedWith }, to, changes) =>
      database.transaction([scope.accountId], async statements => {
        const [row] = await statements.rows<{ version: string | null }>(sql`
          select version from matched_versions where ${inScope(scope)} for update`)
        if (row === undefined || advisoryVersionOf(row.version) !== matchedWith) return false
        await makeDue(statements, scope, basisOf(to), changes)
        await statements.rows(sql`
          update matched_versions set version = ${basisOf(to)} where ${inScope(scope)}`)
        return true
      }),

    scopesWithWork: () =>
      database.transaction('all', async statements => {
        const rows = await statements.rows<ScopeRow>(sql`
          select region, account_id from matched_versions s
          where exists (select from rematches_due d where d.region = s.region and d.account_id = s.account_id)
            or exists (select from redescriptions_due d where d.region = s.region and d.account_id = s.account_id)
          order by region, account_id`)
        return rows.map(scopeOf)
      }),

    dueResources: (scope, after, limit) =>
      database.transaction([scope.accountId], async statements => {
        const page = await statements.rows<{ id: string; hash: string }>(sql`
          select resource_id as id, inventory_hash as hash from rematches_due
          where ${inScope(scope)}
            ${after === null ? sql`` : sql`and (inventory_hash, resource_id) > (${after.inventoryHash}, ${storable(after.id)})`}
          order by inventory_hash, resource_id limit ${limit}`)
        const amongThem = sql`${inScope(scope)} and resource_id = any(${page.map(({ id }) => id)}::text[])`
        const types = await statements.rows<{ id: string; type: ResourceType }>(sql`
          select resource_id as id, resource_type as type from resources where ${amongThem}`)
        const counts = await statements.rows<{ id: string; count: number }>(sql`
          select resource_id as id, count(*)::integer as count from findings where ${amongThem} group by resource_id`)
        const typeOf = new Map(types.map(({ id, type }) => [id, type]))
        const countOf = new Map(counts.map(({ id, count }) => [id, count]))
        return page.map(({ id, hash }) => ({
          id: resourceId(id),
          type: typeOf.get(id) ?? null,
          inventoryHash: hash,
          findingCount: countOf.get(id) ?? 0,
        }))
      }),

    inventories: (scope, hashes) =>
      database.transaction([scope.accountId], statements => readInventories(statements, scope, hashes)),

    commitAll: (scope, ids, decide) =>
      database.transaction([scope.accountId], statements => commitAll(statements, scope, ids, decide)),

    dueRedescriptions: (scope, after, limit) =>
      database.transaction([scope.accountId], async statements => {
        const rows = await statements.rows<{ vulnerability_id: string }>(sql`
          select vulnerability_id from redescriptions_due
          where ${inScope(scope)} ${after === null ? sql`` : sql`and vulnerability_id > ${storableKey(after)}`}
          order by vulnerability_id limit ${limit}`)
        return rows.map(row => vulnerabilityId(row.vulnerability_id))
      }),

    redescribe: (scope, id, after, limit, decide) =>
      database.transaction([scope.accountId], statements => redescribe(statements, scope, id, after, limit, decide)),

    redescribed: (scope, id, advisoryVersion) =>
      database.transaction([scope.accountId], async statements => {
        const current = await holdMatchedVersion(statements, scope, null)
        if (current !== basisOf(advisoryVersion)) return
        await statements.rows(sql`
          delete from redescriptions_due where ${inScope(scope)} and vulnerability_id = ${storableKey(id)}`)
      }),
  }
}

/** The advisories of a stored basis; `null` when we read them otherwise by now. */
function advisoryVersionOf(basis: string | null): string | null {
  const read = readBasis(basis)
  return read?.revision === MATCHING_REVISION ? read.advisoryVersion : null
}

async function commitAll(
  statements: Statements,
  scope: Scope,
  ids: readonly ResourceId[],
  decide: (resource: HeldResource) => RematchOutcome | 'drop' | 'later' | 'as-it-is',
): Promise<void> {
  const resources = await holdResources(statements, scope, ids)
  const changes: FindingChange[] = []
  const rows: Record<string, unknown>[] = []
  const settled: Settled[] = []
  const found = new Set(resources.map(({ resource }) => resource.id))
  // Of a resource that was deleted, nothing is due.
  const dropped = ids.filter(id => !found.has(id)).map(id => ({ id }))
  for (const held of resources) {
    const { id } = held.resource
    const outcome = decide(held)
    if (outcome === 'later') continue
    if (outcome === 'drop' || held.inventoryHash === null) {
      dropped.push({ id })
      continue
    }
    if (outcome === 'as-it-is') {
      const basis = held.matchedWith === null ? null : basisOf(held.matchedWith)
      settled.push({ id, basis, inventoryHash: held.inventoryHash })
      continue
    }
    const own = resourceColumns(outcome.coverage)
    const basis = basisOf(outcome.matchedWith.advisoryVersion)
    rows.push({
      resource_id: storable(id),
      status_code: own.statusCode,
      reason: own.reason,
      coverage: own.coverage,
      last_scanned_at: own.lastScannedAt,
      advisory_version: basis,
    })
    settled.push({ id, basis, inventoryHash: held.inventoryHash })
    for (const change of outcome.changes) changes.push(change)
  }
  for (const batch of jsonBatches(rows)) {
    await statements.rows(sql`
      update resources r set status_code = o.status_code, reason = o.reason, coverage = o.coverage,
        last_scanned_at = o.last_scanned_at, advisory_version = o.advisory_version
      from json_to_recordset(${batch}::json) as o (resource_id text, status_code text, reason text, coverage text,
        last_scanned_at bigint, advisory_version text)
      where r.region = ${scope.region} and r.account_id = ${scope.accountId} and r.resource_id = o.resource_id`)
  }
  await writeChanges(statements, scope, changes)
  if (dropped.length > 0) await forgetDue(statements, scope, dropped)
  await settle(statements, scope, settled)
}

async function holdResources(
  statements: Statements,
  scope: Scope,
  ids: readonly ResourceId[],
): Promise<readonly HeldResource[]> {
  const wanted = sql`${inScope(scope)} and resource_id = any(${ids.map(storable)}::text[])`
  // Everybody takes several rows in this order, so that two batches wait for each other and never in a circle.
  const rows = await statements.rows<
    ResourceDocuments & {
      resource_id: string
      inventory_hash: string | null
      advisory_version: string | null
      retired: boolean
    }
  >(sql`
    select resource_id, document, coverage, inventory_hash, advisory_version, retired from resources
    where ${wanted} order by resource_id for update`)
  const exposures = await statements.rows<{ resource_id: string; exposure: ExposureLevel }>(sql`
    select resource_id, exposure from instance_networks where ${wanted}`)
  const exposureOf = new Map(exposures.map(row => [row.resource_id, row.exposure]))
  const documents = await statements.rows<FindingDocument & { resource_id: string }>(sql`
    select distinct on (f.resource_id, f.vulnerability_id, f.network_key) f.resource_id, ${DOCUMENT} from ${FINDINGS}
    where ${inScope(scope, 'f')} and f.resource_id = any(${ids.map(storable)}::text[])
    order by f.resource_id, f.vulnerability_id, f.network_key, f.generation desc`)
  const findings = Map.groupBy(documents, row => row.resource_id)
  const buried = await readBuried(statements, scope, ids)
  return rows.map((row): HeldResource => {
    const { resource, coverage } = knownResource(row)
    return {
      resource,
      coverage,
      exposure: exposureOf.get(row.resource_id),
      isRetired: row.retired,
      inventoryHash: row.inventory_hash,
      matchedWith: advisoryVersionOf(row.advisory_version),
      findings: (findings.get(row.resource_id) ?? []).map(findingOf),
      buried: buried(resource.id),
    }
  })
}

async function redescribe(
  statements: Statements,
  scope: Scope,
  id: VulnerabilityId,
  after: string | null,
  limit: number,
  decide: (finding: Finding) => FindingChange | null,
): Promise<string | null> {
  const page = await statements.rows<{ finding_id: string; resource_id: string }>(sql`
    select finding_id::text as finding_id, resource_id from findings
    where ${inScope(scope)} and vulnerability_id = ${storableKey(id)} and status <> 'CLOSED'
      ${after === null ? sql`` : sql`and finding_id > ${after}::uuid`}
    order by finding_id limit ${limit}`)
  if (page.length === 0) return null
  // Findings change under the lock of their resource alone.
  await statements.rows(sql`
    select 1 as one from resources
    where ${inScope(scope)} and resource_id = any(${page.map(row => row.resource_id)}::text[])
    order by resource_id for update`)
  const rows = await statements.rows<FindingDocument>(sql`
    select ${DOCUMENT} from ${FINDINGS}
    where ${inScope(scope, 'f')} and f.finding_id = any(${page.map(row => row.finding_id)}::uuid[])
      and f.status <> 'CLOSED'
    order by f.finding_id`)
  const changes = rows.map(findingOf).flatMap(finding => decide(finding) ?? [])
  await writeChanges(statements, scope, changes)
  return page.length < limit ? null : (page.at(-1)?.finding_id ?? null)
}
