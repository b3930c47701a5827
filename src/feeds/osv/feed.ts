import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Feed, FeedError, FeedFiles, FeedPart, FeedPatch } from '../feed.ts'
import { fetchRecords } from '../fetch-records.ts'
import type { OsvEcosystem } from '../osv-record.ts'
import { ZIP_LIMITS, ZipError, zipTexts } from '../zip.ts'
import { changesSince, followed, readChangeList } from './change-list.ts'
import { heldText, readHeld } from './held.ts'
import type { Held } from './held.ts'
import { RecordReader } from './record-reader.ts'

/** The public export of OSV.dev. (google.github.io/osv.dev/data, read 2026) */
export const OSV_UPSTREAM = 'https://storage.googleapis.com/osv-vulnerabilities'

/** OSV base ecosystems that the folders of `ecosystems/` can match; each is one file upstream. Sorted. */
export const OSV_PARTS = [
  'AlmaLinux',
  'Alpine',
  'Bitnami',
  'CRAN',
  'Chainguard',
  'ConanCenter',
  'Debian',
  'GitHub Actions',
  'Go',
  'Hex',
  'Mageia',
  'Maven',
  'NuGet',
  'Packagist',
  'Pub',
  'PyPI',
  'Rocky Linux',
  'RubyGems',
  'SwiftURL',
  'Ubuntu',
  'Wolfi',
  'crates.io',
  'npm',
] as const

/** Largest archive that is taken: several times npm's, the largest published. */
const ARCHIVE_LIMIT_BYTES = 1024 * 1024 * 1024

/** `modified_id.csv` of the largest part has some 300,000 rows of 50 bytes. (inferred from the 2026 exports) */
const LIST_LIMIT_BYTES = 256 * 1024 * 1024
const RECORD_LIMITS = { recordBytes: ZIP_LIMITS.entryBytes, totalBytes: 256 * 1024 * 1024 } as const

/**
 * Raise when the same file would now yield other advisories, also because an ecosystem takes other OSV names: unchanged
 * files are then parsed anew.
 */
const PARSER_REVISION = 11

/** OSV.dev: one zip of OSV records for each ecosystem, and beside it each record by itself and a list of changes. */
export function osvFeed(ecosystems: readonly OsvEcosystem[]): Feed {
  // What a file says depends on who reads it: a validator of another revision or other ecosystems does not hold.
  const reader = `r${PARSER_REVISION}.${ecosystems.map(ecosystem => ecosystem.scheme.id).join('.')}`
  return {
    id: 'osv',
    title: 'OSV.dev: open source vulnerabilities, by ecosystem',
    licence: 'CC-BY-4.0 and others, named by each source database',
    parts: OSV_PARTS,
    // Mirrors leave out what they may not pass on or do not need; the report says `absent` for each.
    mayLackParts: true,
    load: (files, part, validator) => load({ files, part, ecosystems, reader }, readHeld(reader, validator)),
    async patch(files, part, validator) {
      const held = readHeld(reader, validator)
      return held === null ? ok('whole') : patch({ files, part, ecosystems, reader }, held)
    },
  }
}

interface Asked {
  readonly files: FeedFiles
  readonly part: string
  readonly ecosystems: readonly OsvEcosystem[]
  readonly reader: string
}

async function load(
  { files, part, ecosystems, reader }: Asked,
  held: Held | null,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const path = `${part}/all.zip`
  const fetched = await files.fetch(path, { validator: held?.archive ?? null, limitBytes: ARCHIVE_LIMIT_BYTES })
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const records = new RecordReader(part, ecosystems)
  try {
    for await (const { name, content } of zipTexts(fetched.value.bytes)) {
      records.read(name.replace(/\.json$/i, ''), content)
    }
  } catch (error) {
    if (!(error instanceof ZipError)) throw error
    return err({ is: 'malformed', what: `${files.base}/${path}`, detail: error.message })
  }
  // Of the archive itself: its list of changes may be newer than the archive, and what lies between would be lost.
  const seen = followed(records.seen)
  const archive = fetched.value.validator
  return ok({
    part,
    advisories: records.advisories(),
    recordCount: records.seen.length,
    skipped: records.skips.list(),
    validator: heldText(reader, { archive, list: null, followed: seen, wholePace: seen.pace }),
    newestModified: records.newestModified,
  })
}

/** By the list of changes, record by record. A mirror may lack the list or the records: then only the whole is left. */
async function patch(
  { files, part, ecosystems, reader }: Asked,
  held: Held,
): Promise<Result<FeedPatch | 'unchanged' | 'whole', FeedError>> {
  const path = `${part}/modified_id.csv`
  const fetched = await files.fetch(path, { validator: held.list, limitBytes: LIST_LIMIT_BYTES })
  if (!fetched.ok) return fetched.error.is === 'not-found' ? ok('whole') : fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const rows = readChangeList(fetched.value.bytes, ZIP_LIMITS.entries)
  if (rows === null) {
    return err({ is: 'malformed', what: `${files.base}/${path}`, detail: 'a line is not a time and an id' })
  }
  const changed = changesSince({ ...held.followed, wholePace: held.wholePace }, rows)
  if (changed === 'whole') return ok('whole')

  const records = new RecordReader(part, ecosystems)
  const paths = changed.map(({ id }) => `${part}/${id}.json`)
  const all = await fetchRecords(files, paths, RECORD_LIMITS, (content, at) => {
    const id = changed[at]?.id
    if (id !== undefined) records.read(id, content, id)
  })
  if (!all.ok) return all.error.is === 'not-found' ? ok('whole') : all
  const advisories = records.advisories()
  const read = new Set(advisories.map(({ id }) => id))
  return ok({
    part,
    advisories,
    // A record that says nothing any more that can be matched would not be in a whole load either.
    goneIds: changed.map(({ id }) => id).filter(id => !read.has(id)),
    recordCount: rows.length,
    skipped: records.skips.list(),
    validator: heldText(reader, {
      archive: held.archive,
      list: fetched.value.validator,
      followed: followed(rows),
      wholePace: held.wholePace,
    }),
    newestModified: records.newestModified,
  })
}
