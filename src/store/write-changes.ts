import { sql } from 'kysely'
import type { FindingChange } from '../domain/finding.ts'
import type { Scope } from '../domain/ids.ts'
import type { Statements } from './database.ts'
import { FINDING_COLUMNS, findingRow } from './finding-row.ts'
import { jsonBatches } from './json-batches.ts'

const names = FINDING_COLUMNS.map(([name]) => name)
const columns = sql.raw(names.join(', '))
const recordType = sql.raw(
  [['ordinal', 'integer'], ['change', 'text'], ...FINDING_COLUMNS].map(column => column.join(' ')).join(', '),
)
const overwrite = sql.raw(
  names
    .filter(name => name !== 'finding_id')
    .map(name => `${name} = excluded.${name}`)
    .join(', '),
)

/** Stores the changes, their history, and one outbox event for each, in the order given. */
export async function writeChanges(
  statements: Statements,
  scope: Scope,
  changes: readonly FindingChange[],
): Promise<void> {
  for (const batch of jsonBatches(rowsOf(changes))) {
    // Several steps of one finding leave its last one in `findings`, and all of them in history.
    await statements.rows(sql`
      with change as materialized (
        select * from json_to_recordset(${batch}::json) as record (${recordType})
      ),
      stored as (
        insert into findings (region, account_id, ${columns})
        select distinct on (finding_id) ${scope.region}, ${scope.accountId}, ${columns}
        from change order by finding_id, ordinal desc
        on conflict (region, account_id, finding_id) do update set ${overwrite}
      ),
      remembered as (
        insert into finding_history (region, account_id, finding_id, change, at, document)
        select ${scope.region}, ${scope.accountId}, finding_id, change, updated_at, document
        from change order by ordinal
        returning seq, finding_id
      )
      insert into outbox (region, account_id, seq, finding_id)
      select ${scope.region}, ${scope.accountId}, seq, finding_id from remembered`)
  }
}

function* rowsOf(changes: readonly FindingChange[]): Generator<Record<string, unknown>> {
  for (const [ordinal, change] of changes.entries()) yield findingRow(change, ordinal)
}
