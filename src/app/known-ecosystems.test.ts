import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { knownEcosystems } from './known-ecosystems.ts'

const directory = mkdtempSync(join(tmpdir(), 'known-ecosystems-'))
afterAll(() => rmSync(directory, { recursive: true }))

const SHA1 = 'a'.repeat(40)

describe('the ecosystems of an installation', () => {
  it('are those of the code, and name Java archives where an index is configured', () => {
    const javaIndex = join(directory, 'java.db')
    const database = new DatabaseSync(javaIndex)
    database.exec(`create table artifacts(id integer primary key, group_id text, artifact_id text)`)
    database.exec(`create table indices(artifact_id integer, version text, sha1 blob unique, archive_type text)`)
    database.exec(`insert into artifacts values (1, 'org.a', 'b')`)
    database.exec(`insert into indices values (1, '1.2', x'${SHA1}', 'jar')`)
    database.close()

    const plain = knownEcosystems({ javaIndex: null })
    const indexed = knownEcosystems({ javaIndex })

    expect(plain).toEqual({ ok: true, value: ECOSYSTEMS })
    const maven = indexed.ok ? indexed.value.find(({ purlType }) => purlType === 'maven') : undefined
    expect(maven?.publishedAs?.(SHA1)).toMatchObject({ type: 'maven', name: 'org.a:b', version: '1.2' })
    expect(maven?.publishedAs?.('b'.repeat(40))).toBeNull()
  })

  it('are none where the configured index is not there: a scan without it would say less than was asked', () => {
    expect(knownEcosystems({ javaIndex: join(directory, 'none.db') })).toMatchObject({ ok: false })
  })
})
