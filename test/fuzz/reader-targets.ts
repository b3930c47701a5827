import { generateKeyPairSync } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { readConfig } from '../../src/app/config.ts'
import { instant } from '../../src/base/clock.ts'
import type { Advisory } from '../../src/domain/advisory.ts'
import { ECOSYSTEMS, ecosystemOf } from '../../src/ecosystems/index.ts'
import { bunzip2, Bunzip2Error } from '../../src/feeds/bunzip2.ts'
import { CsvError, csvRows } from '../../src/feeds/csv.ts'
import { parseCveJson } from '../../src/feeds/cve-record.ts'
import { gunzip, GunzipError } from '../../src/feeds/gunzip.ts'
import { JsonListError, jsonListElements, JsonListSplitter } from '../../src/feeds/json-list.ts'
import { JsonMembersError, jsonMembers } from '../../src/feeds/json-members.ts'
import { oracleAdvisories } from '../../src/feeds/oracle-oval/parse.ts'
import { parseOsvJson } from '../../src/feeds/osv-record.ts'
import { OvalReader } from '../../src/feeds/oval-document.ts'
import { advisoriesOfDocument } from '../../src/feeds/redhat-csaf/parse.ts'
import { entryPool } from '../../src/feeds/redhat-csaf/pool.ts'
import { SkipCounter } from '../../src/feeds/skip-counter.ts'
import { TarError, tarTexts } from '../../src/feeds/tar-texts.ts'
import { unzstd, UnzstdError } from '../../src/feeds/unzstd.ts'
import { XmlError, XmlReader } from '../../src/base/xml.ts'
import type { XmlEvent } from '../../src/base/xml.ts'
import { unxz, XzError } from '../../src/feeds/xz.ts'
import { ZipError, zipTexts } from '../../src/feeds/zip.ts'
import {
  checkSignature,
  decodeHeader,
  encodeHeader,
  encodeSignature,
} from '../../src/store/advisory-database/transfer-format.ts'
import { buildTar } from '../support/tar-builder.ts'
import { xzOf } from '../support/xz-of.ts'
import { zipOf } from '../support/zip-of.ts'
import { sample } from './mirrors-of-distributions.ts'
import { cveRecord, OSV_RECORDS } from './mirrors-of-flaws.ts'
import { expectSoundPart } from './sound-answers.ts'
import type { FuzzTarget } from './target.ts'

/** Readers that several feeds share, and those of other files that are handed in: each by itself, so that more is tried. */
export function readerTargets(): readonly FuzzTarget[] {
  return [...textReaders(), ...recordReaders(), ...packedReaders(), ...transferReaders()]
}

const LIST = { elementBytes: 64 * 1024, elements: 1_000, depth: 16 } as const
const MEMBERS = { valueBytes: 64 * 1024, members: 1_000, depth: 16 } as const
const ROWS = { rows: 100_000, rowCharacters: 10_000, columns: 50 } as const
const JSON_LIST = '{"a":{"list":[0]},"list":[{"b":"]\\"["},[1],2,"x"],"c":null}'

function textReaders(): readonly FuzzTarget[] {
  return [
    aReader('xml', [sample('bottlerocket', 'updateinfo.xml'), XML], XmlError, input => {
      // However the text is cut, the same comes out.
      const [whole, cut] = [xmlEvents(input, input.length), xmlEvents(input, 7)]
      if (joined(whole) !== joined(cut)) throw new Error('the events depend on how the text is cut')
    }),
    aReader('json-members', [JSON_LIST, sample('debian-tracker', 'tracker.json')], JsonMembersError, input => {
      for (const member of jsonMembers(input, MEMBERS))
        expectWithin(input, member.is === 'member' ? member.bytes : null)
    }),
    aReader('json-list', [JSON_LIST, '[1,{"a":[2]},"b"]'], JsonListError, input => {
      for (const name of ['list', null]) {
        try {
          for (const element of jsonListElements(input, name, LIST)) {
            expectWithin(input, element.is === 'element' ? element.bytes : null)
          }
        } catch (error) {
          if (!(error instanceof JsonListError)) throw error
        }
      }
      const splitter = new JsonListSplitter('list', LIST)
      for (let at = 0; at < input.length; at += 11) Array.from(splitter.push(input.subarray(at, at + 11)))
      splitter.end()
    }),
    aReader('csv', [sample('exploit-db', 'files_exploits.csv'), 'a,"b""c"\r\n"d\ne",f\n'], CsvError, input => {
      for (const row of csvRows(textOf(input), ROWS)) if (row.length > ROWS.columns) throw new Error('too many columns')
    }),
    aReader(
      'config',
      ['OPENINSPECTOR_PORT=8520\nDATABASE_URL=postgres://a/b\nOPENINSPECTOR_FEEDS=off'],
      null,
      input => {
        const lines = textOf(input).split('\n', 50)
        const env = new Map(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
        readConfig(Object.fromEntries(env), false)
      },
    ),
  ]
}

const XML =
  '<?xml version="1.0"?><!-- c --><a:b xmlns:a="x" c=\'d &amp; e\'><f/>g &lt;&#65;&#x42; h<![CDATA[<i>]]></a:b>'

function* eventsOf(input: Uint8Array, pieceBytes: number): Generator<XmlEvent> {
  const reader = new XmlReader()
  const text = textOf(input)
  for (let at = 0; at < text.length; at += pieceBytes) yield* reader.push(text.slice(at, at + pieceBytes))
  reader.end()
}

/** The events, as far as they come before an error. */
function xmlEvents(input: Uint8Array, pieceBytes: number): readonly XmlEvent[] {
  const events: XmlEvent[] = []
  try {
    // A piece of seven characters at a time costs too much where the text is long.
    const step = input.length > 20_000 ? Math.max(pieceBytes, 5_000) : Math.max(pieceBytes, 1)
    for (const event of eventsOf(input, step)) events.push(event)
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
  }
  return events
}

/** With neighbouring pieces of text as one, up to the last tag: an error may come before or behind a piece of text. */
function joined(events: readonly XmlEvent[]): string {
  const last = events.findLastIndex(event => event.is !== 'text')
  return events
    .slice(0, last + 1)
    .map(event => (event.is === 'text' ? event.text : `<${event.is} ${event.name}>`))
    .join('')
}

function expectWithin(input: Uint8Array, piece: Uint8Array | null): void {
  if (piece !== null && piece.length > input.length) throw new Error('a piece is larger than the whole')
}

function recordReaders(): readonly FuzzTarget[] {
  const rpm = ecosystemOf('rpm')
  const csaf = ['cve-2024-6923', 'cve-2022-24834', 'rhba-2024_11505', 'rhsa-2024_0811', 'cve-2026-0968']
  return [
    aReader('OSV record', OSV_RECORDS, null, input => {
      const parsed = parseOsvJson(textOf(input), { feed: 'osv', part: null, ecosystems: ECOSYSTEMS })
      expectSoundPart(partOf(parsed.ok ? [parsed.value.advisory] : [], parsed.ok ? parsed.value.dropped : []))
    }),
    aReader('CVE record', [cveRecord('CVE-2024-0001')], null, input => {
      const parsed = parseCveJson(textOf(input), 'cve-list')
      expectSoundPart(partOf(parsed.ok ? [parsed.value.advisory] : [], parsed.ok ? parsed.value.droppedScores : []))
    }),
    aReader(
      'CSAF document',
      csaf.map(name => sample('redhat-csaf', `${name}.json`)),
      null,
      input => {
        const text = textOf(input)
        const [, id = 'cve-2024-6923', year = '2024'] =
          /"id"\s*:\s*"((?:CVE|RH[SBE]A)-([0-9]{4})[-0-9:]{2,12})"/.exec(text) ?? []
        const skips = new SkipCounter()
        const path = `${year}/${id.toLowerCase().replace(':', '_')}.json`
        const advisories = advisoriesOfDocument(path, text, entryPool(rpm), skips)
        expectSoundPart({ ...partOf(advisories, []), skipped: skips.list() })
      },
    ),
    aReader('OVAL definitions', [sample('oracle-oval', 'elsa.xml')], XmlError, async input => {
      const skips = new SkipCounter()
      const document = new OvalReader((reason, name) => skips.add(reason, name))
      for (const event of eventsOf(input, 64 * 1024)) document.take(event)
      const advisories = await oracleAdvisories(document, '8', rpm, skips)
      expectSoundPart({ ...partOf(advisories, []), skipped: skips.list() })
    }),
  ]
}

function partOf(advisories: readonly Advisory[], reasons: readonly string[]) {
  const skipped = reasons.map(reason => ({ reason, count: 1, examples: [] }))
  return { part: 'x', advisories, recordCount: 1, skipped, validator: null, newestModified: null }
}

const CONTENT = 'words and more words\n'.repeat(200)
const TAR = buildTar([
  { path: 'a.json', content: '{}' },
  { path: `${'long/'.repeat(30)}b.json`, content: CONTENT },
  { path: 'c', type: '2', linkTarget: 'a.json' },
  { path: 'd.json', content: 'x', pax: { path: 'e.json' } },
])
const EVERY = { totalBytes: 8 * 1024 * 1024, ratio: 100, ratioFromBytes: 1024 * 1024 } as const

function packedReaders(): readonly FuzzTarget[] {
  return [
    aReader(
      'zip',
      [
        zipOf([
          { name: 'a.json', content: '{}' },
          { name: 'b/c.json', content: CONTENT },
        ]),
      ],
      ZipError,
      input => drained(zipTexts(input)),
    ),
    aReader('tar texts', [TAR], TarError, input =>
      drained(tarTexts(once(input), name => name.endsWith('.json'), { entries: 1_000, entryBytes: 64 * 1024 })),
    ),
    aReader('gzip', [gzipSync(CONTENT)], GunzipError, input => drained(gunzip(input, EVERY))),
    aReader('xz', [xzOf(Buffer.from(CONTENT))], XzError, input => drained(unxz(input, EVERY))),
    aReader('zstd', [zstdCompressSync(CONTENT)], UnzstdError, input => drained(unzstd(input, EVERY))),
    aReader('bzip2', [sample('oracle-oval', 'elsa.xml.bz2')], Bunzip2Error, input => drained(bunzip2(input, EVERY))),
  ]
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}

async function drained(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const piece of pieces) if (piece === undefined) throw new Error('a piece is missing')
}

/** What an advisory file of another site says of itself, before any of it is believed. */
function transferReaders(): readonly FuzzTarget[] {
  const header = encodeHeader({
    createdAt: instant(Date.UTC(2026, 10, 23)),
    madeBy: 'openinspector 9.9.9',
    version: '0'.repeat(24),
    generations: [],
    database: { bytes: 4_096, sha256: 'a'.repeat(64) },
  })
  const { privateKey } = generateKeyPairSync('ed25519')
  return [
    aReader('transfer header', [header], null, input => {
      const read = decodeHeader(Buffer.from(input))
      if (!read.ok && read.error.length > 1_000) throw new Error('an error as long as what was read')
    }),
    aReader('transfer signature', [encodeSignature(header, 'a'.repeat(64), privateKey)], null, input => {
      checkSignature(Buffer.from(input), header, 'a'.repeat(64))
    }),
  ]
}

/** A target of a reader that refuses bad input by throwing `Refusal`, or never throws when that is `null`. */
function aReader(
  name: string,
  seeds: readonly (string | Uint8Array)[],
  Refusal: (new (message: string) => Error) | null,
  read: (input: Uint8Array) => void | Promise<void>,
): FuzzTarget {
  return {
    name: `reader ${name}`,
    seeds: seeds.map(seed => (typeof seed === 'string' ? new TextEncoder().encode(seed) : new Uint8Array(seed))),
    async run(input) {
      try {
        await read(input)
      } catch (error) {
        if (Refusal === null || !(error instanceof Refusal)) throw error
      }
    },
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
