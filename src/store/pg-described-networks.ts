import { gunzipSync, gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { instant } from '../base/clock.ts'
import type { SecretBox } from '../base/secret-box.ts'
import type { Scope } from '../domain/ids.ts'
import type { DescribedCall } from '../scanning/described-call.ts'
import type { DescribedNetworkStore, PutDescription, RequestedCalls } from '../scanning/described-network-store.ts'
import type { NetworkSourceError } from '../scanning/network-source.ts'
import type { Database, Statements } from './database.ts'
import { inScope, scopeOf, type ScopeRow } from './scope-row.ts'
import { storable } from './storable.ts'

/** Stands for all calls. */
const ALL = '*'
/** Bytes that one part may unpack to; parts are written far smaller. */
const PART_LIMIT_BYTES = 512 * 1024 * 1024

interface DescriptionRow extends ScopeRow {
  readonly described_at: number | string | null
  readonly failure_reason: NetworkSourceError['reason'] | null
  readonly failure_detail: string | null
}

/** Descriptions of networks in PostgreSQL, compressed and sealed for their own account, Region and call. */
export function pgDescribedNetworks(database: Database, box: SecretBox): DescribedNetworkStore {
  return {
    request: (scope, calls) =>
      database.transaction([scope.accountId], async statements => {
        const names = calls === 'all' ? [ALL] : calls
        await statements.rows(sql`
          insert into network_requests (region, account_id, call, mark)
          select ${scope.region}, ${scope.accountId}, asked.call, nextval('network_request_marks')
          from unnest(${[...new Set(names)].sort().map(storable)}::text[]) as asked (call) order by asked.call
          on conflict (region, account_id, call) do update set mark = excluded.mark`)
      }),

    requested: scope =>
      database.transaction([scope.accountId], async statements => {
        const rows = await statements.rows<{ call: string; mark: number | string }>(sql`
          select call, mark from network_requests where ${inScope(scope)} order by call`)
        const marks = new Map(rows.map(({ call, mark }) => [call, Number(mark)]))
        return { calls: marks.has(ALL) ? 'all' : [...marks.keys()], marks }
      }),

    put: (scope, described, settled) =>
      database.transaction([scope.accountId], async statements => {
        if (await isWatched(statements, scope)) await put(statements, box, scope, described)
        await settle(statements, scope, settled)
      }),

    fail: (scope, { reason, detail }, settled) =>
      database.transaction([scope.accountId], async statements => {
        if (await isWatched(statements, scope)) {
          await statements.rows(sql`
            insert into network_descriptions (region, account_id, failure_reason, failure_detail)
            values (${scope.region}, ${scope.accountId}, ${reason}, ${storable(detail)})
            on conflict (region, account_id) do update set failure_reason = excluded.failure_reason,
              failure_detail = excluded.failure_detail`)
        }
        await settle(statements, scope, settled)
      }),

    list: () =>
      database.transaction('all', async statements => {
        const rows = await statements.rows<DescriptionRow>(sql`
          select w.region, w.account_id, d.described_at, d.failure_reason, d.failure_detail
          from network_watches w left join network_descriptions d using (region, account_id)
          order by w.account_id, w.region`)
        return rows.map(row => ({
          scope: scopeOf(row),
          describedAt: row.described_at === null ? null : instant(Number(row.described_at)),
          failure:
            row.failure_reason === null ? null : { reason: row.failure_reason, detail: row.failure_detail ?? '' },
        }))
      }),

    read: scope =>
      database.transaction([scope.accountId], async statements => {
        const rows = await statements.rows<{ call: string; sealed: string }>(sql`
          select call, sealed from network_description_parts where ${inScope(scope)} order by call, part`)
        return rows.map(({ call, sealed }) => ({ call, text: unpacked(box, scope, call, sealed) }))
      }),

    remove: scope =>
      database.transaction([scope.accountId], async statements => {
        await statements.rows(sql`delete from network_description_parts where ${inScope(scope)}`)
        await statements.rows(sql`delete from network_descriptions where ${inScope(scope)}`)
        await statements.rows(sql`delete from network_requests where ${inScope(scope)}`)
      }),

    unwatched: () =>
      database.transaction('all', async statements => {
        const rows = await statements.rows<ScopeRow>(sql`
          select region, account_id from (
            select region, account_id from instance_networks
            union select region, account_id from network_descriptions
            union select region, account_id from network_requests
          ) as known
          where not exists (
            select from network_watches w where w.region = known.region and w.account_id = known.account_id)
          order by account_id, region`)
        return rows.map(scopeOf)
      }),

    forget: (scope, ids) =>
      database.transaction([scope.accountId], async statements => {
        const wanted = sql`${inScope(scope)} and resource_id = any(${ids.map(storable)}::text[])`
        await statements.rows(sql`delete from instance_networks where ${wanted}`)
        await statements.rows(sql`
          update finding_scores s set exposure = null from findings f
          where f.region = ${scope.region} and f.account_id = ${scope.accountId}
            and f.resource_id = any(${ids.map(storable)}::text[])
            and s.region = f.region and s.account_id = f.account_id and s.finding_id = f.finding_id
            and s.vulnerability_id is not null and s.exposure is not null`)
      }),

    confirm: (scope, at, except) =>
      database.transaction([scope.accountId], async statements => {
        await statements.rows(sql`
          update instance_networks set last_scanned_at = ${at}::bigint,
            coverage = (coverage::jsonb || jsonb_build_object('lastScannedAt', ${at}::bigint))::text
          where ${inScope(scope)} and reason = 'SUCCESSFUL' and last_scanned_at < ${at}::bigint
            and not (resource_id = any(${except.map(storable)}::text[]))`)
      }),

    evaluation: () =>
      database.transaction('all', async statements => {
        const [row] = await statements.rows<{ id: string }>(sql`select id from network_evaluation`)
        return row?.id ?? null
      }),

    beginEvaluation: id =>
      database.transaction('all', async statements => {
        await statements.rows(sql`
          insert into network_evaluation (id) values (${id}) on conflict (is_one) do update set id = excluded.id`)
      }),
  }
}

async function put(
  statements: Statements,
  box: SecretBox,
  scope: Scope,
  { asked, calls, at }: PutDescription,
): Promise<void> {
  await statements.rows(sql`
    delete from network_description_parts
    where ${inScope(scope)} ${asked === 'all' ? sql`` : sql`and call = any(${asked.map(storable)}::text[])`}`)
  const parts = new Map<string, number>()
  for (const { call, text } of calls) {
    const part = parts.get(call) ?? 0
    parts.set(call, part + 1)
    await statements.rows(sql`
      insert into network_description_parts (region, account_id, call, part, sealed)
      values (${scope.region}, ${scope.accountId}, ${call}, ${part}, ${packed(box, scope, { call, text })})`)
  }
  // Some calls alone do not make the rest new.
  await statements.rows(
    asked === 'all'
      ? sql`
        insert into network_descriptions (region, account_id, described_at)
        values (${scope.region}, ${scope.accountId}, ${at})
        on conflict (region, account_id) do update set described_at = excluded.described_at, failure_reason = null,
          failure_detail = null`
      : sql`
        update network_descriptions set failure_reason = null, failure_detail = null where ${inScope(scope)}`,
  )
}

/** Locks the watch, so that what is put does not outlive it. */
async function isWatched(statements: Statements, scope: Scope): Promise<boolean> {
  const rows = await statements.rows(sql`select 1 as one from network_watches where ${inScope(scope)} for share`)
  return rows.length > 0
}

/** What was asked for again meanwhile has another mark, and stays. */
async function settle(statements: Statements, scope: Scope, { marks }: RequestedCalls): Promise<void> {
  if (marks.size === 0) return
  await statements.rows(sql`
    delete from network_requests r
    using unnest(${[...marks.keys()]}::text[], ${[...marks.values()]}::bigint[]) as settled (call, mark)
    where r.region = ${scope.region} and r.account_id = ${scope.accountId} and r.call = settled.call
      and r.mark = settled.mark`)
}

function packed(box: SecretBox, scope: Scope, { call, text }: DescribedCall): string {
  return box.seal(gzipSync(text, { level: 6 }).toString('base64'), purposeOf(scope, call))
}

function unpacked(box: SecretBox, scope: Scope, call: string, sealed: string): string {
  const bytes = Buffer.from(box.open(sealed, purposeOf(scope, call)), 'base64')
  return gunzipSync(bytes, { maxOutputLength: PART_LIMIT_BYTES }).toString('utf8')
}

function purposeOf({ accountId, region }: Scope, call: string): string {
  return `described network ${accountId} ${region} ${call}`
}
