import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { err, ok, type Result } from '../base/result.ts'
import type { ArchiveIndex } from '../ecosystems/archive-index.ts'
import { openImmutable } from './advisory-database/immutable-file.ts'

/** By a checksum that the index holds once; more rows than one would be another index than the one described. */
const BY_SHA1 = `
  select a.group_id, a.artifact_id, i.version from indices i
  join artifacts a on a.id = i.artifact_id
  where i.sha1 = ? limit 1`

/** What the query needs: without the index on checksums each question would read the whole table. */
const COLUMNS = { artifacts: ['id', 'group_id', 'artifact_id'], indices: ['artifact_id', 'version', 'sha1'] } as const

/**
 * Opens an index of published Java archives in the layout of Trivy's `trivy-java.db`, which sites mirror: SQLite with the
 * tables `artifacts` (id, group_id, artifact_id) and `indices` (artifact_id, version, sha1 of 20 bytes).
 * (aquasecurity/trivy-java-db, pkg/db/db.go, schema version 1) It stays open as long as the process lives.
 * The error is one sentence.
 */
export function openArchiveIndex(path: string): Result<ArchiveIndex, string> {
  if (!existsSync(path)) return err(`There is no index of Java archives at ${path}.`)
  let database: DatabaseSync | null = null
  try {
    database = openImmutable(path)
    const missing = missingPart(database)
    if (missing !== null) throw new Error(missing)
    const statement = database.prepare(BY_SHA1)
    return ok({
      artefactOf(sha1) {
        const row = statement.get(Buffer.from(sha1, 'hex'))
        const [group, artifact, version] = [row?.['group_id'], row?.['artifact_id'], row?.['version']]
        const isWhole = typeof group === 'string' && typeof artifact === 'string' && typeof version === 'string'
        return isWhole ? { group, artifact, version } : null
      },
    })
  } catch (thrown) {
    database?.close()
    const detail = thrown instanceof Error ? thrown.message : String(thrown)
    return err(`${path} is no index of Java archives in the layout of trivy-java.db: ${detail}.`)
  }
}

function missingPart(database: DatabaseSync): string | null {
  for (const [table, columns] of Object.entries(COLUMNS)) {
    const found = new Set(
      database
        .prepare('select name from pragma_table_info(?)')
        .all(table)
        .map(row => row['name']),
    )
    const missing = columns.find(column => !found.has(column))
    if (missing !== undefined) return `its table ${table} has no column ${missing}`
  }
  const plan = database.prepare(`explain query plan ${BY_SHA1}`).all(new Uint8Array(20))
  const isSearched = plan.some(row => String(row['detail']).startsWith('SEARCH i '))
  return isSearched ? null : 'its table indices has no index on sha1'
}
