import { sql } from 'kysely'
import { instant } from '../base/clock.ts'
import { resourceId, type Scope } from '../domain/ids.ts'
import type { RuntimeFacts } from '../domain/runtime-facts.ts'
import type { Host, HostStore, ReportedIdentity } from '../scanning/host-store.ts'
import type { Database, Statements } from './database.ts'
import { packText, unpackText } from './inventory-content.ts'
import { scopeOf, type ScopeRow } from './scope-row.ts'
import { storable } from './storable.ts'

interface Row extends ScopeRow {
  readonly id: string
  readonly name: string
  readonly resource_id: string
  readonly token_hash: string
  readonly created_at: number | string
  readonly machine_key: string | null
  readonly identity: string | null
  readonly last_seen_at: number | string | null
  readonly sequence: number | string
  readonly inventory_hash: string | null
  readonly runtime_hash: string | null
}

const COLUMNS = sql.raw(
  `region, account_id, id, name, resource_id, token_hash, created_at, machine_key, identity, last_seen_at, sequence,
  inventory_hash, runtime_hash`,
)

/** Machines with an agent, in PostgreSQL. Tokens are there as hashes only. */
export function pgHostStore(database: Database): HostStore {
  return {
    async add({ scope, ...host }) {
      const rows = await database.transaction([scope.accountId], statements =>
        statements.rows(sql`
          insert into agent_hosts (region, account_id, id, name, resource_id, token_hash, created_at)
          values (${scope.region}, ${scope.accountId}, ${host.id}, ${storable(host.name)}, ${storable(host.resourceId)},
            ${host.tokenHash}, ${host.createdAt})
          on conflict (region, account_id, resource_id) do nothing returning id`),
      )
      return rows.length > 0 ? 'added' : 'exists'
    },

    async find(id) {
      // Agents name their host by id alone.
      const [row] = await database.transaction('all', statements =>
        statements.rows<Row>(sql`select ${COLUMNS} from agent_hosts where id = ${storable(id)}`),
      )
      return row === undefined ? null : hostOf(row)
    },

    async list(scope) {
      const rows = await database.transaction([scope.accountId], statements =>
        statements.rows<Row>(sql`
          select ${COLUMNS} from agent_hosts where region = ${scope.region} and account_id = ${scope.accountId}
          order by created_at, id`),
      )
      return rows.map(hostOf)
    },

    async remove(scope, id) {
      const rows = await database.transaction([scope.accountId], statements =>
        statements.rows(sql`
          delete from agent_hosts
          where region = ${scope.region} and account_id = ${scope.accountId} and id = ${storable(id)} returning id`),
      )
      return rows.length > 0
    },

    recordCheckIn: (id, { machineKey, identity, at }) =>
      database.transaction('all', async statements => {
        const [row] = await statements.rows<{ machine_key: string }>(sql`
          update agent_hosts set machine_key = coalesce(machine_key, ${machineKey}::text)
          where id = ${storable(id)} returning machine_key`)
        if (row === undefined) return 'unknown-host'
        if (row.machine_key !== machineKey) return 'other-machine'
        await statements.rows(sql`
          update agent_hosts set identity = ${storable(JSON.stringify(identity))}, last_seen_at = ${at},
            silence_noted = false
          where id = ${storable(id)}`)
        return 'seen'
      }),

    async recordInventory(id, { sequence, hash }) {
      await database.transaction('all', statements =>
        statements.rows(sql`
          update agent_hosts set sequence = ${sequence}::bigint, inventory_hash = ${hash}
          where id = ${storable(id)} and sequence < ${sequence}::bigint`),
      )
    },

    async recordRuntime(id, hash, facts) {
      const content = await packText(JSON.stringify(facts))
      await database.transaction('all', async statements => {
        const [row] = await statements.rows<ScopeRow & { resource_id: string }>(sql`
          update agent_hosts set runtime_hash = ${hash}, runtime = ${content} where id = ${storable(id)}
          returning region, account_id, resource_id`)
        if (row !== undefined) await refreshUse(statements, scopeOf(row), row.resource_id, facts)
      })
    },

    async refreshUse(scope, id) {
      const facts = await runtimeWhere(database, scope, sql`resource_id = ${storable(id)}`)
      if (facts === null) return
      await database.transaction([scope.accountId], statements => refreshUse(statements, scope, storable(id), facts))
    },

    runtimeOf: (scope, id) => runtimeWhere(database, scope, sql`id = ${storable(id)}`),

    runtimeOfResource: (scope, id) => runtimeWhere(database, scope, sql`resource_id = ${storable(id)}`),

    async silentSince(before) {
      const rows = await database.transaction('all', statements =>
        statements.rows<Row>(sql`
          select ${COLUMNS} from agent_hosts where not silence_noted and last_seen_at < ${before}::bigint
          order by last_seen_at limit 1000`),
      )
      return rows.map(hostOf)
    },

    async noteSilence(id, before) {
      await database.transaction('all', statements =>
        statements.rows(sql`
          update agent_hosts set silence_noted = true
          where id = ${storable(id)} and last_seen_at < ${before}::bigint`),
      )
    },
  }
}

function hostOf(row: Row): Host {
  return {
    id: row.id,
    scope: scopeOf(row),
    name: row.name,
    resourceId: resourceId(row.resource_id),
    tokenHash: row.token_hash,
    createdAt: instant(Number(row.created_at)),
    machineKey: row.machine_key,
    identity: row.identity === null ? null : (JSON.parse(row.identity) as ReportedIdentity),
    lastSeenAt: row.last_seen_at === null ? null : instant(Number(row.last_seen_at)),
    sequence: Number(row.sequence),
    inventoryHash: row.inventory_hash,
    runtimeHash: row.runtime_hash,
  }
}

async function runtimeWhere(
  database: Database,
  scope: Scope,
  condition: ReturnType<typeof sql>,
): Promise<RuntimeFacts | null> {
  const [row] = await database.transaction([scope.accountId], statements =>
    statements.rows<{ runtime: Uint8Array | null }>(sql`
      select runtime from agent_hosts
      where region = ${scope.region} and account_id = ${scope.accountId} and ${condition}`),
  )
  return row === undefined || row.runtime === null ? null : (JSON.parse(await unpackText(row.runtime)) as RuntimeFacts)
}

/**
 * An operating system package is in use when running processes have files of it loaded, and is not when all of them could
 * be looked at. Of other packages, which have a path of their own, nothing is known.
 */
async function refreshUse(
  statements: Statements,
  scope: Scope,
  resource: string,
  { loaded, gaps }: RuntimeFacts,
): Promise<void> {
  const names = loaded.map(({ name }) => storable(name))
  await statements.rows(sql`
    update finding_scores s set in_use = now.in_use
    from (
      select g.finding_id, case
        when bool_or(not jsonb_exists(element.package, 'filePath') and element.package ->> 'name' = any(${names}::text[]))
          then true
        when ${gaps.length > 0} or bool_or(jsonb_exists(element.package, 'filePath')) then null
        else false end as in_use
      from findings g cross join lateral jsonb_array_elements(g.packages) as element (package)
      where g.region = ${scope.region} and g.account_id = ${scope.accountId} and g.resource_id = ${resource}
        and g.status <> 'CLOSED'
      group by g.finding_id
    ) now
    where s.region = ${scope.region} and s.account_id = ${scope.accountId} and s.finding_id = now.finding_id
      and s.in_use is distinct from now.in_use`)
}
