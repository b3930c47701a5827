import { sql } from 'kysely'
import { STATUS_CODE_OF_REASON, type Coverage } from '../domain/coverage.ts'
import { isPackageFinding, type FindingChange, type PackageFinding } from '../domain/finding.ts'
import { resourceId, type ResourceId, type Scope } from '../domain/ids.ts'
import type { ExposureLevel } from '../domain/network/open-path.ts'
import type { HeldInstance, NetworkOutcome, NetworkStore } from '../scanning/network-store.ts'
import { readBuried } from './buried-generations.ts'
import type { Database, Statements } from './database.ts'
import { differInScoresOnly, DOCUMENT, findingOf, FINDINGS, type FindingDocument } from './finding-row.ts'
import { jsonBatches } from './json-batches.ts'
import { forgetDue } from './matched-version.ts'
import { knownResource, resourceColumns, type ResourceDocuments } from './resource-row.ts'
import { inScope } from './scope-row.ts'
import { storable } from './storable.ts'
import { writeChanges, writeScores } from './write-changes.ts'

/** Package findings that are in memory at once; a single instance may have more. */
const SLICE_FINDINGS = 1_000

/** Instances and what their networks open, in PostgreSQL. */
export function pgNetworkStore(database: Database): NetworkStore {
  return {
    commitAll: (scope, ids, decide) =>
      database.transaction([scope.accountId], statements => commitAll(statements, scope, ids, decide)),

    evaluated: (scope, after, limit) =>
      database.transaction([scope.accountId], async statements => {
        const rows = await statements.rows<{ resource_id: string }>(sql`
          select resource_id from instance_networks
          where ${inScope(scope)} ${after === null ? sql`` : sql`and resource_id > ${storable(after)}`}
          order by resource_id limit ${limit}`)
        return rows.map(row => resourceId(row.resource_id))
      }),

    markFailed: (scope, { reason, detail }) =>
      database.transaction([scope.accountId], async statements => {
        // What else the coverage says is from the last evaluation, and still the best that is known.
        await statements.rows(sql`
          update instance_networks set reason = ${reason}, status_code = ${STATUS_CODE_OF_REASON[reason]},
            coverage = (coverage::jsonb || ${JSON.stringify({ reason, detail: detail === null ? null : storable(detail) })}::jsonb)::text
          where ${inScope(scope)}`)
      }),
  }
}

async function commitAll(
  statements: Statements,
  scope: Scope,
  ids: readonly ResourceId[],
  decide: (instance: HeldInstance) => NetworkOutcome,
): Promise<void> {
  const held = await holdInstances(statements, scope, ids)
  const outcomes = held.map(instance => ({ instance, outcome: decide(instance) }))
  await writeResources(statements, scope, outcomes)
  await writeNetworks(statements, scope, outcomes)
  await writeChanges(
    statements,
    scope,
    outcomes.flatMap(({ outcome }) => outcome.changes),
  )
  const redescribed = new Map<string, (finding: PackageFinding) => FindingChange | null>()
  for (const { instance, outcome } of outcomes) {
    if (outcome.packageFindings !== 'keep') redescribed.set(instance.id, outcome.packageFindings)
  }
  await writePackageFindings(statements, scope, redescribed)
  await writeExposures(statements, scope, outcomes)
  const back = outcomes.filter(({ instance }) => instance.isRetired && instance.known !== null)
  if (back.length > 0) {
    await forgetDue(
      statements,
      scope,
      back.map(({ instance }) => instance),
    )
  }
}

/** Whoever holds the rows decides; rows of new instances are seen by nobody else before they are filled. */
async function holdInstances(
  statements: Statements,
  scope: Scope,
  ids: readonly ResourceId[],
): Promise<readonly HeldInstance[]> {
  // Everybody takes several rows in this order, so that two batches wait for each other and never in a circle.
  const asked = [...new Set(ids)].sort()
  const made = await statements.rows<{ resource_id: string }>(sql`
    insert into resources (region, account_id, resource_id, resource_type, image_tags, tags, document,
      status_code, reason, coverage, retired)
    select ${scope.region}, ${scope.accountId}, asked.id, '', '{}', '{}', '', '', '', '', true
    from unnest(${asked.map(storable)}::text[]) as asked (id) order by asked.id
    on conflict (region, account_id, resource_id) do nothing returning resource_id`)
  const isNew = new Set(made.map(row => row.resource_id))
  const wanted = sql`${inScope(scope)} and resource_id = any(${asked.map(storable)}::text[])`
  const rows = await statements.rows<ResourceDocuments & { resource_id: string; retired: boolean }>(sql`
    select resource_id, document, coverage, retired from resources where ${wanted} order by resource_id for update`)
  const networks = await statements.rows<{ resource_id: string; exposure: ExposureLevel; coverage: string }>(sql`
    select resource_id, exposure, coverage from instance_networks where ${wanted}`)
  const findings = await statements.rows<FindingDocument & { resource_id: string }>(sql`
    select distinct on (f.resource_id, f.network_key) f.resource_id, ${DOCUMENT} from ${FINDINGS}
    where ${inScope(scope, 'f')} and f.resource_id = any(${asked.map(storable)}::text[]) and f.network_key is not null
    order by f.resource_id, f.network_key, f.generation desc`)
  const networkOf = new Map(networks.map(row => [row.resource_id, row]))
  const findingsOf = Map.groupBy(findings, row => row.resource_id)
  const buried = await readBuried(statements, scope, ids)
  return rows.map((row): HeldInstance => {
    const id = resourceId(row.resource_id)
    const known = isNew.has(row.resource_id) ? null : knownResource(row)
    const network = networkOf.get(row.resource_id)
    return {
      id,
      known,
      isRetired: row.retired,
      network:
        network === undefined || known === null
          ? null
          : { exposure: network.exposure, coverage: coverageOf(network.coverage, known.resource) },
      findings: (findingsOf.get(row.resource_id) ?? []).map(findingOf),
      buried: buried(id),
    }
  })
}

/** The coverage of a document that `writeNetworks` wrote. */
function coverageOf(document: string, resource: Coverage['resource']): Coverage {
  const coverage = JSON.parse(document) as Omit<Coverage, 'resource'>
  return { ...coverage, resource }
}

type Decided = readonly { readonly instance: HeldInstance; readonly outcome: NetworkOutcome }[]

/** What was out of coverage comes back as an instance that nobody has looked into: what its packages were is long past. */
async function writeResources(statements: Statements, scope: Scope, decided: Decided): Promise<void> {
  const rows = decided.map(({ instance, outcome }) => {
    const own = resourceColumns({ ...outcome.packageCoverage, resource: outcome.resource })
    return {
      resource_id: storable(instance.id),
      resource_type: own.resourceType,
      tags: own.tags,
      document: own.document,
      status_code: own.statusCode,
      reason: own.reason,
      coverage: own.coverage,
      last_scanned_at: own.lastScannedAt,
    }
  })
  for (const batch of jsonBatches(rows)) {
    await statements.rows(sql`
      update resources r set resource_type = o.resource_type, tags = o.tags::jsonb, document = o.document,
        status_code = o.status_code, reason = o.reason, coverage = o.coverage, last_scanned_at = o.last_scanned_at,
        inventory_hash = case when r.retired then null else r.inventory_hash end,
        advisory_version = case when r.retired then null else r.advisory_version end,
        retired = false
      from json_to_recordset(${batch}::json) as o (resource_id text, resource_type text, tags text, document text,
        status_code text, reason text, coverage text, last_scanned_at bigint)
      where r.region = ${scope.region} and r.account_id = ${scope.accountId} and r.resource_id = o.resource_id
        and (r.retired or (r.document, r.coverage) is distinct from (o.document, o.coverage))`)
  }
}

async function writeNetworks(statements: Statements, scope: Scope, decided: Decided): Promise<void> {
  const rows = decided.map(({ instance, outcome }) => {
    const { resource: _resource, ...coverage } = outcome.network.coverage
    return {
      resource_id: storable(instance.id),
      exposure: outcome.network.exposure,
      status_code: STATUS_CODE_OF_REASON[coverage.reason],
      reason: coverage.reason,
      coverage: JSON.stringify(coverage, asStorable),
      last_scanned_at: coverage.lastScannedAt,
    }
  })
  for (const batch of jsonBatches(rows)) {
    await statements.rows(sql`
      insert into instance_networks (region, account_id, resource_id, exposure, status_code, reason, coverage,
        last_scanned_at)
      select ${scope.region}, ${scope.accountId}, resource_id, exposure, status_code, reason, coverage, last_scanned_at
      from json_to_recordset(${batch}::json) as o (resource_id text, exposure text, status_code text, reason text,
        coverage text, last_scanned_at bigint)
      on conflict (region, account_id, resource_id) do update set exposure = excluded.exposure,
        status_code = excluded.status_code, reason = excluded.reason, coverage = excluded.coverage,
        last_scanned_at = excluded.last_scanned_at`)
  }
}

/** Of what is not scored otherwise by it: quietly, as EPSS scores move. */
async function writeExposures(statements: Statements, scope: Scope, decided: Decided): Promise<void> {
  const moved = decided.filter(({ instance, outcome }) => instance.network?.exposure !== outcome.network.exposure)
  if (moved.length === 0) return
  const ids = moved.map(({ instance }) => storable(instance.id))
  const exposures = moved.map(({ outcome }) => outcome.network.exposure)
  await statements.rows(sql`
    update finding_scores s set exposure = now.exposure
    from unnest(${ids}::text[], ${exposures}::text[]) as now (id, exposure)
      join findings f on ${inScope(scope, 'f')} and f.resource_id = now.id
    where s.region = f.region and s.account_id = f.account_id and s.finding_id = f.finding_id
      and s.vulnerability_id is not null and s.is_open and s.exposure is distinct from now.exposure`)
}

/** `markFailed` reads it as jsonb, which refuses what names may hold. */
function asStorable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? storable(value) : value
}

/** Open package findings of the instances, a few instances at a time: some have thousands. */
async function writePackageFindings(
  statements: Statements,
  scope: Scope,
  redescribed: ReadonlyMap<string, (finding: PackageFinding) => FindingChange | null>,
): Promise<void> {
  if (redescribed.size === 0) return
  const open = sql`${inScope(scope, 'f')} and f.vulnerability_id is not null and f.status <> 'CLOSED'`
  const counts = await statements.rows<{ resource_id: string; count: number }>(sql`
    select f.resource_id, count(*)::integer as count from findings f
    where ${open} and f.resource_id = any(${[...redescribed.keys()].map(storable)}::text[])
    group by f.resource_id order by f.resource_id`)
  for (const ids of slicesOf(counts)) {
    const rows = await statements.rows<FindingDocument & { resource_id: string }>(sql`
      select f.resource_id, ${DOCUMENT} from ${FINDINGS} where ${open} and f.resource_id = any(${ids}::text[])
      order by f.resource_id, f.vulnerability_id`)
    const scored: FindingChange[] = []
    const changed: FindingChange[] = []
    for (const row of rows) {
      const finding = findingOf(row)
      const change = isPackageFinding(finding) ? (redescribed.get(row.resource_id)?.(finding) ?? null) : null
      if (change !== null) (differInScoresOnly(finding, change.finding) ? scored : changed).push(change)
    }
    await writeScores(statements, scope, scored)
    await writeChanges(statements, scope, changed)
  }
}

/** As many instances as have few enough findings together, at least one. */
function* slicesOf(counts: readonly { readonly resource_id: string; readonly count: number }[]): Generator<string[]> {
  let slice: string[] = []
  let findings = 0
  for (const { resource_id: id, count } of counts) {
    if (slice.length > 0 && findings + count > SLICE_FINDINGS) {
      yield slice
      slice = []
      findings = 0
    }
    slice.push(id)
    findings += count
  }
  if (slice.length > 0) yield slice
}
