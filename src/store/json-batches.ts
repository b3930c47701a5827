/** Rows, and characters of JSON, after which a statement is sent: its parameter takes a few megabytes at most. */
const BATCH_ROWS = 500
const BATCH_CHARACTERS = 2_000_000

/** The rows as JSON arrays for `json_to_recordset`, none of them too large for one statement. */
export function* jsonBatches(rows: Iterable<Record<string, unknown>>): Generator<string> {
  let batch: string[] = []
  let characters = 0
  for (const row of rows) {
    const text = JSON.stringify(row)
    if (batch.length === BATCH_ROWS || (batch.length > 0 && characters + text.length > BATCH_CHARACTERS)) {
      yield `[${batch.join(',')}]`
      batch = []
      characters = 0
    }
    batch.push(text)
    characters += text.length
  }
  if (batch.length > 0) yield `[${batch.join(',')}]`
}
