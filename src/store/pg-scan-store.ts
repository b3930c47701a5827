import { sql } from 'kysely'
import type { ResourceId, Scope } from '../domain/ids.ts'
import type { Finding } from '../domain/finding.ts'
import type { ExposureLevel } from '../domain/network/open-path.ts'
import type { Resource } from '../domain/resource.ts'
import type { KnownResource, ScanOutcome, ScanStore } from '../scanning/scan-store.ts'
import { forgetBuried, readBuried } from './buried-generations.ts'
import type { Database, Statements } from './database.ts'
import { DOCUMENT, findingOf, FINDINGS, type FindingDocument } from './finding-row.ts'
import { readInventory, storeInventory, sweepInventories } from './inventory-content.ts'
import { basisOf, settle } from './matched-version.ts'
import { knownResource, resourceColumns, type ResourceDocuments } from './resource-row.ts'
import { inScope } from './scope-row.ts'
import { storable, storableKey } from './storable.ts'
import { writeChanges } from './write-changes.ts'

/** Findings that one statement of the retention deletes. */
const DELETE_BATCH = 5_000

/** Resources, inventories and findings in PostgreSQL. A resource that was retired is still found by its id. */
export function pgScanStore(database: Database): ScanStore {
  return {
    commit: (resource, decide) =>
      database.transaction([resource.scope.accountId], statements => commit(statements, resource, decide)),

    find: (scope, id) => database.transaction([scope.accountId], statements => findResource(statements, scope, id)),

    inventoryOf: (scope, id) =>
      database.transaction([scope.accountId], async statements => {
        const [row] = await statements.rows<{ inventory_hash: string | null }>(sql`
          select inventory_hash from resources where ${isResource(scope, id)}`)
        return row === undefined || row.inventory_hash === null
          ? null
          : readInventory(statements, scope, row.inventory_hash)
      }),

    list: (scope, { type, registry, repository, after, limit }) =>
      database.transaction([scope.accountId], async statements => {
        const rows = await statements.rows<ResourceDocuments>(sql`
          select document, coverage from resources
          where region = ${scope.region} and account_id = ${scope.accountId} and not retired
            ${type === undefined ? sql`` : sql`and resource_type = ${type}`}
            ${registry === undefined ? sql`` : sql`and registry = ${storableKey(registry)}`}
            ${repository === undefined ? sql`` : sql`and repository = ${storableKey(repository)}`}
            ${after === undefined ? sql`` : sql`and resource_id > ${storable(after)}`}
          order by resource_id limit ${limit}`)
        return rows.map(knownResource)
      }),

    async notePulls(scope, pulls) {
      await database.transaction([scope.accountId], statements =>
        statements.rows(sql`
          update resources r set image_pulled_at = pulled.at
          from (select unnest(${pulls.map(({ id }) => storable(id))}::text[]) as id,
            unnest(${pulls.map(({ pulledAt }) => String(pulledAt))}::text[])::bigint as at) pulled
          where r.region = ${scope.region} and r.account_id = ${scope.accountId} and r.resource_id = pulled.id
            and r.image_pulled_at is distinct from pulled.at`),
      )
    },

    repositories: (scope, registry) =>
      database.transaction([scope.accountId], async statements => {
        const rows = await statements.rows<{ repository: string }>(sql`
          select distinct repository from resources
          where region = ${scope.region} and account_id = ${scope.accountId}
            and registry = ${storableKey(registry)} and not retired
          order by repository`)
        return rows.map(row => row.repository)
      }),

    async deleteClosedBefore(limits) {
      let total = 0
      for (;;) {
        const deleted = await database.transaction('all', async statements => {
          const [row] = await statements.rows<{ count: number }>(sql`
            with due as (
              select region, account_id, finding_id, resource_id,
                coalesce(vulnerability_id, network_key) as finding_key, generation
              from findings
              where closed_at is not null
                and closed_at < case when close_reason = 'remediated'
                  then ${limits.remediated}::bigint else ${limits.gone}::bigint end
              limit ${DELETE_BATCH}
            ),
            gone as (delete from findings f using due
              where f.region = due.region and f.account_id = due.account_id and f.finding_id = due.finding_id
              returning 1),
            unscored as (delete from finding_scores s using due
              where s.region = due.region and s.account_id = due.account_id and s.finding_id = due.finding_id),
            buried as (
              insert into buried_generations (region, account_id, resource_key, finding_key, generation, buried_at)
              select region, account_id, md5(resource_id)::uuid, finding_key, max(generation), ${limits.now}::bigint
              from due group by region, account_id, resource_id, finding_key
              on conflict (region, account_id, resource_key, finding_key) do update
                set generation = greatest(buried_generations.generation, excluded.generation),
                  buried_at = excluded.buried_at)
            select count(*)::integer as count from gone`)
          return row?.count ?? 0
        })
        total += deleted
        if (deleted < DELETE_BATCH) break
      }
      await forgetBuried(act => database.transaction('all', act), limits.buried)
      await database.transaction('all', sweepInventories)
      return total
    },
  }
}

async function commit(
  statements: Statements,
  resource: Resource,
  decide: Parameters<ScanStore['commit']>[1],
): Promise<void> {
  const { scope, id } = resource
  const { isNew, wasRetired } = await lockResource(statements, resource)
  const known = isNew ? null : await findResource(statements, scope, id)
  const findings = isNew ? [] : await newestFindings(statements, scope, id)

  // A resource that is new to us may have been here, and its row deleted with it.
  const buried = (await readBuried(statements, scope, [id]))(id)

  const outcome = decide(findings, known, buried)

  const own = resourceColumns(outcome.coverage)
  const inventory = outcome.inventory === 'keep' ? null : await storeInventory(statements, scope, outcome.inventory)
  const [stored] = await statements.rows<{ inventory_hash: string | null; advisory_version: string | null }>(sql`
    update resources set
      resource_type = ${own.resourceType}, registry = ${own.registry}, repository = ${own.repository},
      image_tags = ${own.imageTags}::text[], tags = ${own.tags}::jsonb, document = ${own.document},
      status_code = ${own.statusCode}, reason = ${own.reason}, coverage = ${own.coverage},
      last_scanned_at = ${own.lastScannedAt}::bigint, retired = ${outcome.retire}
      ${inventory === null ? sql`` : sql`, inventory_hash = ${inventory}`}
      ${matchedWith(outcome)}
      ${outcome.reportSequence === undefined ? sql`` : sql`, report_sequence = ${outcome.reportSequence}::bigint`}
    where ${isResource(scope, id)} returning inventory_hash, advisory_version`)
  await writeChanges(statements, scope, outcome.changes)
  if (outcome.retire) await statements.rows(sql`delete from instance_networks where ${isResource(scope, id)}`)

  // What was out of coverage was passed by whenever the advisories changed.
  const comesBack = !isNew && wasRetired && !outcome.retire
  const isSettled = outcome.matchedWith === 'keep' && outcome.inventory === 'keep' && !comesBack
  const inventoryHash = stored?.inventory_hash ?? null
  if (isSettled || outcome.retire || inventoryHash === null) return
  await settle(statements, scope, [{ id, basis: stored?.advisory_version ?? null, inventoryHash }])
}

/** A new inventory that was not matched rests on no advisories, so that the next match does not pass it by. */
function matchedWith({ inventory, matchedWith }: ScanOutcome) {
  if (matchedWith !== 'keep') return sql`, advisory_version = ${basisOf(matchedWith.advisoryVersion)}::text`
  return inventory === 'keep' ? sql`` : sql`, advisory_version = null`
}

/** Whoever holds the row decides; the row of a new resource is seen by nobody else before it is filled. */
async function lockResource(
  statements: Statements,
  resource: Resource,
): Promise<{ readonly isNew: boolean; readonly wasRetired: boolean }> {
  const { scope, id } = resource
  const made = await statements.rows(sql`
    insert into resources (region, account_id, resource_id, resource_type, image_tags, tags, document,
      status_code, reason, coverage, retired)
    values (${scope.region}, ${scope.accountId}, ${storable(id)}, '', '{}', '{}', '', '', '', '', true)
    on conflict (region, account_id, resource_id) do nothing returning 1 as one`)
  if (made.length > 0) return { isNew: true, wasRetired: false }
  const [row] = await statements.rows<{ retired: boolean }>(sql`
    select retired from resources where ${isResource(scope, id)} for update`)
  return { isNew: false, wasRetired: row?.retired ?? false }
}

async function findResource(statements: Statements, scope: Scope, id: ResourceId): Promise<KnownResource | null> {
  const [row] = await statements.rows<
    ResourceDocuments & { report_sequence: number | string | null; exposure: ExposureLevel | null }
  >(sql`
    select document, coverage, report_sequence,
      (select exposure from instance_networks where ${isResource(scope, id)}) as exposure
    from resources where ${isResource(scope, id)}`)
  if (row === undefined) return null
  const { report_sequence: sequence, exposure } = row
  return {
    ...knownResource(row),
    ...(exposure === null ? {} : { exposure }),
    ...(sequence === null ? {} : { reportSequence: Number(sequence) }),
  }
}

async function newestFindings(statements: Statements, scope: Scope, id: ResourceId): Promise<readonly Finding[]> {
  const rows = await statements.rows<FindingDocument>(sql`
    select distinct on (f.vulnerability_id, f.network_key) ${DOCUMENT} from ${FINDINGS}
    where ${inScope(scope, 'f')} and f.resource_id = ${storable(id)}
    order by f.vulnerability_id, f.network_key, f.generation desc`)
  return rows.map(findingOf)
}

function isResource(scope: Scope, id: ResourceId) {
  return sql`${inScope(scope)} and resource_id = ${storable(id)}`
}
