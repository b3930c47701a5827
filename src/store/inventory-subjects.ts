import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Scope } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import type { Namespace } from '../domain/namespace.ts'
import { SUBJECTS_REVISION, subjectsOf } from '../matching/subject.ts'
import type { Statements } from './database.ts'

/**
 * A name of one scope, or a whole namespace (`name` is `null`), as 64 bits. Two names that share a key cost a match that
 * finds nothing new.
 */
export function subjectKey(scope: Scope, namespace: Namespace, name: string | null): string {
  const parts = [scope.region, scope.accountId, namespace, ...(name === null ? [] : [name])]
  return createHash('sha256').update(JSON.stringify(parts)).digest().readBigInt64BE().toString()
}

/** Makes the inventory be found by its names. */
export async function indexInventory(
  statements: Statements,
  scope: Scope,
  hash: string,
  inventory: Inventory,
): Promise<void> {
  const keys: string[] = []
  for (const [namespace, names] of subjectsOf(inventory)) {
    keys.push(subjectKey(scope, namespace, null))
    for (const name of names) keys.push(subjectKey(scope, namespace, name))
  }
  await statements.rows(sql`
    with marked as (
      update inventories set subjects_revision = ${SUBJECTS_REVISION}
      where region = ${scope.region} and account_id = ${scope.accountId} and hash = ${hash}
        and subjects_revision <> ${SUBJECTS_REVISION}
    )
    insert into inventory_subjects (region, account_id, inventory_hash, subjects)
    values (${scope.region}, ${scope.accountId}, ${hash}, ${keys}::bigint[])
    on conflict (region, account_id, inventory_hash) do update set subjects = excluded.subjects`)
}
