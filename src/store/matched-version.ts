import { sql } from 'kysely'
import type { ResourceId, Scope } from '../domain/ids.ts'
import { MATCHING_REVISION } from '../matching/subject.ts'
import type { Statements } from './database.ts'
import { storable } from './storable.ts'

/** What findings rest on, as it is stored: the advisories, and how we read them. */
export function basisOf(advisoryVersion: string): string {
  return `${advisoryVersion}/${MATCHING_REVISION}`
}

/** What a stored basis says; `null` when there is none. */
export function readBasis(
  basis: string | null,
): { readonly advisoryVersion: string; readonly revision: number } | null {
  const parts = basis === null ? null : /^(.*)\/([0-9]+)$/.exec(basis)
  return parts === null ? null : { advisoryVersion: parts[1] ?? '', revision: Number(parts[2]) }
}

/** One resource after a commit: with what it is matched now (`null` when with nothing), and its inventory. */
export interface Settled {
  readonly id: ResourceId
  readonly basis: string | null
  readonly inventoryHash: string
}

/**
 * Compares what resources were matched with to what their scope is matched with. Those that agree are due no more, the
 * others are: they ended with older advisories than a plan that did not see them yet. Part of the commit, so that the
 * plan either sees them or is seen.
 */
export async function settle(statements: Statements, scope: Scope, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return
  const first = settled.find(({ basis }) => basis !== null)?.basis ?? null
  const current = await holdMatchedVersion(statements, scope, first)
  const done = settled.filter(({ basis }) => basis !== null && basis === current)
  if (done.length > 0) await forgetDue(statements, scope, done)
  const due = settled.filter(({ basis }) => basis === null || basis !== current)
  if (due.length === 0) return
  await statements.rows(sql`
    insert into rematches_due (region, account_id, resource_id, inventory_hash)
    select ${scope.region}, ${scope.accountId}, due.id, due.hash
    from unnest(${due.map(({ id }) => storable(id))}::text[], ${due.map(each => each.inventoryHash)}::text[])
      as due (id, hash)
    on conflict (region, account_id, resource_id) do update set inventory_hash = excluded.inventory_hash`)
}

export async function forgetDue(
  statements: Statements,
  scope: Scope,
  resources: readonly { readonly id: ResourceId }[],
): Promise<void> {
  await statements.rows(sql`
    delete from rematches_due where region = ${scope.region} and account_id = ${scope.accountId}
      and resource_id = any(${resources.map(({ id }) => storable(id))}::text[])`)
}

/** The version of the scope, which nobody moves until this transaction ends. The first match of a scope sets it. */
export async function holdMatchedVersion(
  statements: Statements,
  scope: Scope,
  first: string | null,
): Promise<string | null> {
  const held = sql<{ version: string | null }>`
    select version from matched_versions where region = ${scope.region} and account_id = ${scope.accountId} for share`
  const [row] = await statements.rows(held)
  if (row !== undefined) return row.version
  await statements.rows(sql`
    insert into matched_versions (region, account_id, version) values (${scope.region}, ${scope.accountId}, ${first})
    on conflict (region, account_id) do nothing`)
  const [made] = await statements.rows(held)
  return made?.version ?? null
}
