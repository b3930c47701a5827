import { sql } from 'kysely'
import type { Scope } from '../domain/ids.ts'
import { SUBJECTS_REVISION } from '../matching/subject.ts'
import type { AdvisoryChanges } from '../scanning/advisory-database.ts'
import type { Statements } from './database.ts'
import { subjectKey } from './inventory-subjects.ts'
import { storableKey } from './storable.ts'

/** Names, or vulnerabilities, that one statement looks up. */
const KEYS_PER_STATEMENT = 1_000

/** Makes due what the change may concern. The caller holds the version of the scope and moves it to `basis` afterwards. */
export async function makeDue(
  statements: Statements,
  scope: Scope,
  basis: string,
  changes: AdvisoryChanges | 'everything',
): Promise<void> {
  if (changes === 'everything') {
    await dueWhere(statements, scope, basis, sql`inventory_hash is not null`)
    return
  }
  const keys = [
    ...changes.namespaces.map(namespace => subjectKey(scope, namespace, null)),
    ...changes.subjects.map(({ namespace, name }) => subjectKey(scope, namespace, name)),
  ]
  for (const batch of inPieces(keys)) {
    // Materialized: the index of names is the way in, whatever the planner thinks of the scope.
    const held = await statements.rows<{ inventory_hash: string }>(sql`
      with held as materialized (
        select region, account_id, inventory_hash from inventory_subjects where subjects && ${batch}::bigint[]
      )
      select inventory_hash from held where region = ${scope.region} and account_id = ${scope.accountId}`)
    if (held.length === 0) continue
    const hashes = held.map(row => row.inventory_hash)
    await dueWhere(statements, scope, basis, sql`inventory_hash = any(${hashes}::text[])`)
  }
  if (keys.length > 0) {
    const unindexed = await statements.rows<{ hash: string }>(sql`
      select hash from inventories
      where region = ${scope.region} and account_id = ${scope.accountId} and subjects_revision < ${SUBJECTS_REVISION}`)
    const hashes = unindexed.map(row => row.hash)
    if (hashes.length > 0) await dueWhere(statements, scope, basis, sql`inventory_hash = any(${hashes}::text[])`)
  }
  for (const batch of inPieces(changes.vulnerabilities.map(storableKey))) {
    await statements.rows(sql`
      insert into redescriptions_due (region, account_id, vulnerability_id)
      select ${scope.region}, ${scope.accountId}, changed.id
      from unnest(${batch}::text[]) as changed (id)
      where exists (
        select from findings f where f.region = ${scope.region} and f.account_id = ${scope.accountId}
          and f.vulnerability_id = changed.id and f.status <> 'CLOSED')
      on conflict (region, account_id, vulnerability_id) do nothing`)
  }
}

/** Resources that left coverage, and those that are matched with it already, are passed by. */
async function dueWhere(
  statements: Statements,
  scope: Scope,
  basis: string,
  condition: ReturnType<typeof sql>,
): Promise<void> {
  await statements.rows(sql`
    insert into rematches_due (region, account_id, resource_id, inventory_hash)
    select region, account_id, resource_id, inventory_hash from resources
    where region = ${scope.region} and account_id = ${scope.accountId} and ${condition}
      and not retired and advisory_version is distinct from ${basis}
    on conflict (region, account_id, resource_id) do update set inventory_hash = excluded.inventory_hash`)
}

function* inPieces(keys: readonly string[]): Generator<string[]> {
  for (let start = 0; start < keys.length; start += KEYS_PER_STATEMENT) {
    yield keys.slice(start, start + KEYS_PER_STATEMENT)
  }
}
