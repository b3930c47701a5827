import { sql } from 'kysely'
import type { ResourceId, Scope } from '../domain/ids.ts'
import { NOTHING_BURIED, type BuriedGenerations } from '../findings/reconcile.ts'
import type { Statements } from './database.ts'
import { storable, storableKey } from './storable.ts'

/** Rows that one statement of the retention deletes. */
const DELETE_BATCH = 5_000

/**
 * The highest generations of what retention deleted, by resource. Read after the findings themselves: what is deleted in
 * between is then seen twice, and never not at all.
 */
export async function readBuried(
  statements: Statements,
  scope: Scope,
  ids: readonly ResourceId[],
): Promise<(id: ResourceId) => BuriedGenerations> {
  const rows = await statements.rows<{ id: string; finding_key: string; generation: number }>(sql`
    select asked.id, b.finding_key, b.generation
    from unnest(${ids.map(storable)}::text[]) as asked (id)
    join buried_generations b on b.region = ${scope.region} and b.account_id = ${scope.accountId}
      and b.resource_key = md5(asked.id)::uuid`)
  if (rows.length === 0) return () => NOTHING_BURIED
  const byResource = Map.groupBy(rows, row => row.id)
  return id => {
    const own = new Map((byResource.get(storable(id)) ?? []).map(row => [row.finding_key, row.generation]))
    return key => own.get(storableKey(key)) ?? 0
  }
}

/** Forgets generations that were buried before `before`, in small steps. */
export async function forgetBuried(
  transaction: <T>(act: (statements: Statements) => Promise<T>) => Promise<T>,
  before: number,
): Promise<void> {
  for (;;) {
    const gone = await transaction(statements =>
      statements.rows(sql`
        delete from buried_generations b using (
          select region, account_id, resource_key, finding_key from buried_generations
          where buried_at < ${before}::bigint limit ${DELETE_BATCH}
        ) old
        where b.region = old.region and b.account_id = old.account_id and b.resource_key = old.resource_key
          and b.finding_key = old.finding_key
        returning 1 as one`),
    )
    if (gone.length < DELETE_BATCH) return
  }
}
