import { sql } from 'kysely'
import type { FindingChange } from '../domain/finding.ts'
import type { Scope } from '../domain/ids.ts'
import type { Statements } from './database.ts'
import { FINDING_COLUMNS, findingRow, SCORE_COLUMNS, scoreRow, scoringOf } from './finding-row.ts'
import { jsonBatches } from './json-batches.ts'

type Column = readonly [name: string, type: string]

const STEP: readonly Column[] = [
  ['ordinal', 'integer'],
  ['change', 'text'],
]
const ownColumns = FINDING_COLUMNS.filter(([name]) => !SCORE_COLUMNS.some(([other]) => other === name))
const DOCUMENT: Column = ['document', 'text']

const scoreRecord = recordOf([...STEP, ...SCORE_COLUMNS, DOCUMENT])
const findingRecord = recordOf([...STEP, ...SCORE_COLUMNS, ...ownColumns])

const scores = namesOf(SCORE_COLUMNS)
const columns = namesOf(FINDING_COLUMNS)

function recordOf(list: readonly Column[]) {
  return sql.raw(list.map(column => column.join(' ')).join(', '))
}

function namesOf(list: readonly Column[]) {
  return {
    names: sql.raw(list.map(([name]) => name).join(', ')),
    overwrite: sql.raw(
      list
        .filter(([name]) => name !== 'finding_id')
        .map(([name]) => `${name} = excluded.${name}`)
        .join(', '),
    ),
  }
}

/** Stores the changes, their history, and one outbox event for each, in the order given. */
export async function writeChanges(
  statements: Statements,
  scope: Scope,
  changes: readonly FindingChange[],
): Promise<void> {
  for (const batch of jsonBatches(rowsOf(changes, findingRow))) {
    // Several steps of one finding leave its last one in `findings`, and all of them in history.
    await statements.rows(sql`
      with change as materialized (
        select * from json_to_recordset(${batch}::json) as record (${findingRecord})
      ),
      stored as (
        insert into findings (region, account_id, ${columns.names})
        select distinct on (finding_id) ${scope.region}, ${scope.accountId}, ${columns.names}
        from change order by finding_id, ordinal desc
        on conflict (region, account_id, finding_id) do update set ${columns.overwrite}
      ),
      ${rest(scope)}`)
  }
}

/** As `writeChanges`, of findings of which nothing changes but `finding_scores`: a tenth of the work. (`differInScoresOnly`) */
export async function writeScores(
  statements: Statements,
  scope: Scope,
  changes: readonly FindingChange[],
): Promise<void> {
  const scored = (change: FindingChange, ordinal: number) => ({
    ...scoreRow(change, ordinal),
    scoring: scoringOf(change.finding),
  })
  for (const batch of jsonBatches(rowsOf(changes, scored))) {
    await statements.rows(sql`
      with change as materialized (
        select * from json_to_recordset(${batch}::json) as record (${scoreRecord})
      ),
      ${rest(scope)}`)
  }
}

/** Scores, history and events of `change`. */
function rest(scope: Scope) {
  return sql`
    scored as (
      insert into finding_scores (region, account_id, ${scores.names})
      select distinct on (finding_id) ${scope.region}, ${scope.accountId}, ${scores.names}
      from change order by finding_id, ordinal desc
      on conflict (region, account_id, finding_id) do update set ${scores.overwrite}
    ),
    remembered as (
      insert into finding_history (region, account_id, finding_id, change, at, document)
      select ${scope.region}, ${scope.accountId}, finding_id, change, updated_at, document
      from change order by ordinal
      returning seq, finding_id
    )
    insert into outbox (region, account_id, seq, finding_id)
    select ${scope.region}, ${scope.accountId}, seq, finding_id from remembered`
}

function* rowsOf(
  changes: readonly FindingChange[],
  rowOf: (change: FindingChange, ordinal: number) => Record<string, unknown>,
): Generator<Record<string, unknown>> {
  for (const [ordinal, change] of changes.entries()) yield rowOf(change, ordinal)
}
