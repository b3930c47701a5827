import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { openArchiveIndex } from './archive-index.ts'

const directory = mkdtempSync(join(tmpdir(), 'archive-index-'))
afterAll(() => rmSync(directory, { recursive: true }))

const SHA1 = 'a'.repeat(40)

/** As trivy-java-db makes it. (pkg/db/db.go) */
const LAYOUT = [
  'CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT)',
  'CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT)',
  'CREATE UNIQUE INDEX indices_sha1_idx ON indices(sha1)',
]

function indexOf(name: string, statements: readonly string[]): string {
  const path = join(directory, name)
  const database = new DatabaseSync(path)
  for (const statement of statements) database.exec(statement)
  database.close()
  return path
}

describe('an index of Java archives', () => {
  it('knows artefacts by the SHA-1 of their archives', () => {
    const path = indexOf('whole.db', [
      ...LAYOUT,
      `INSERT INTO artifacts VALUES (7, 'org.a', 'b')`,
      `INSERT INTO indices VALUES (7, '1.2', x'${SHA1}', 'jar')`,
    ])

    const opened = openArchiveIndex(path)

    if (!opened.ok) throw new Error(opened.error)
    expect(opened.value.artefactOf(SHA1)).toEqual({ group: 'org.a', artifact: 'b', version: '1.2' })
    expect(opened.value.artefactOf('b'.repeat(40))).toBeNull()
    expect(opened.value.artefactOf("' or 1=1")).toBeNull()
  })

  it('is refused, by name, where it is none or would be slow', () => {
    const notes = join(directory, 'notes.txt')
    writeFileSync(notes, 'no database '.repeat(1000))
    const errorOf = (path: string): string => {
      const opened = openArchiveIndex(path)
      return opened.ok ? 'opened' : opened.error
    }

    expect(errorOf(join(directory, 'none.db'))).toContain('There is no index of Java archives at')
    expect(errorOf(notes)).toContain('is no index of Java archives')
    expect(errorOf(indexOf('other.db', ['CREATE TABLE other(a)']))).toContain('its table artifacts has no column id')
    expect(errorOf(indexOf('slow.db', LAYOUT.slice(0, 2)))).toContain('has no index on sha1')
  })
})
