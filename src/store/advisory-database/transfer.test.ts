import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { instant, type Instant } from '../../base/clock.ts'
import { namespace } from '../../domain/namespace.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { parseOsvRecord } from '../../feeds/osv-record.ts'
import { openAdvisoryDatabase } from './database.ts'
import { exportAdvisories, type ExportOptions } from './export.ts'
import { importAdvisories, type ImportOptions } from './import.ts'
import { readOrigin } from './origin.ts'
import { readPointer } from './pointer.ts'
import { encodeFrame, encodeHeader, encodeSignature, keyFingerprint, type TransferHeader } from './transfer-format.ts'

const NOW = instant(Date.parse('2026-11-23T00:00:00Z'))
const LATER = instant(NOW + 3_600_000)
const NPM = namespace('npm')
const OURS = generateKeyPairSync('ed25519').privateKey
const THEIRS = generateKeyPairSync('ed25519').privateKey
const folders: string[] = []

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'advisory-transfer-'))
  folders.push(folder)
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Says of `fixes.length` packages in which version each was mended. */
async function aDatabase(fixes: readonly string[], at: Instant = NOW, folder = aFolder(), feed = 'osv') {
  const advisories = fixes.map((fixed, index) => {
    const ranges = [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }]
    const affected = [{ package: { ecosystem: 'npm', name: `pad-${index}` }, ranges }]
    const parsed = parseOsvRecord({ id: `GHSA-${index}`, affected }, { feed, part: 'npm', ecosystems: ECOSYSTEMS })
    if (!parsed.ok) throw new Error(parsed.error.detail)
    return parsed.value.advisory
  })
  const counts = { recordCount: advisories.length, skipped: [], validator: null, newestModified: null }
  await openAdvisoryDatabase(folder).apply(
    [{ is: 'replace', feed, content: { part: 'npm', advisories, ...counts } }],
    at,
  )
  return folder
}

async function exported(folder: string, options: Partial<ExportOptions> = {}): Promise<Buffer> {
  const all = { createdAt: NOW, madeBy: 'openinspector 9.9.9', privateKey: null, ...options }
  const file = await exportAdvisories(folder, all)
  if (file === null) throw new Error('there was nothing to export')
  const chunks: Buffer[] = []
  for await (const chunk of file.chunks) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** As a pipe gives it: in pieces that end anywhere. */
async function* inPieces(bytes: Buffer, pieceBytes = 1_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield await Promise.resolve(bytes.subarray(at, at + pieceBytes))
}

function imported(folder: string, bytes: Buffer, options: Partial<ImportOptions> = {}) {
  return importAdvisories(folder, inPieces(bytes), { trusted: 'any', now: LATER, ...options })
}

function fingerprint(privateKey: KeyObject): string {
  return keyFingerprint(createPublicKey(privateKey))
}

function fixOf(folder: string, name: string): string | undefined {
  const index = openAdvisoryDatabase(folder).open()
  const end = index?.entriesFor(NPM, name)[0]?.affected.ranges.map(range => ('end' in range ? range.end : null))[0]
  index?.close()
  return typeof end === 'object' && end !== null && 'fixed' in end ? end.fixed.text : undefined
}

describe('a transfer file', () => {
  it('brings the version, its parts and its history to another directory', async () => {
    const from = await aDatabase(['1.0.0', '1.0.0'])
    const first = await exported(from)
    const to = aFolder()
    await imported(to, first)
    await aDatabase(['1.0.0', '2.0.0'], LATER, from)

    const outcome = await imported(to, await exported(from))

    const database = openAdvisoryDatabase(to)
    const before = readPointer(to)
    expect(outcome).toMatchObject({
      ok: true,
      value: { signedBy: null, header: { version: database.currentVersion() } },
    })
    expect(before).toEqual(readPointer(from))
    expect([fixOf(to, 'pad-0'), fixOf(to, 'pad-1')]).toEqual(['1.0.0', '2.0.0'])
    expect(outcome.ok && outcome.value.before !== null && database.changesSince(outcome.value.before)).toMatchObject({
      subjects: [{ namespace: 'npm', name: 'pad-1' }],
    })
    expect(readdirSync(to).filter(name => name.startsWith('unfinished-'))).toEqual([])
  })

  it('says that everything may be otherwise to a site that held something else', async () => {
    const to = await aDatabase(['7.0.0'])
    const held = openAdvisoryDatabase(to).currentVersion() ?? ''

    await imported(to, await exported(await aDatabase(['1.0.0'], LATER)))

    expect(openAdvisoryDatabase(to).changesSince(held)).toBe('everything')
  })

  it('is a Zstandard file of the bare database, with frames around it that its readers skip', async () => {
    const from = await aDatabase(['1.0.0'])
    const file = await exported(from)

    const { header, signature, body } = framesOf(file)

    const starts = [0, 8 + header.length, 16 + header.length + signature.length + body.length]
    for (const start of starts) expect(file.readUInt32LE(start) & 0xfffffff0).toBe(0x184d2a50)
    const name = readdirSync(from).find(each => each.startsWith('advisories-')) ?? ''
    expect(zstdDecompressSync(body).equals(readFileSync(join(from, name)))).toBe(true)
  })

  it('has the same bytes for the same content, apart from the times', async () => {
    const [one, two] = [await aDatabase(['1.0.0'], NOW), await aDatabase(['1.0.0'], LATER)]
    const options = { latestTime: NOW, privateKey: OURS }

    const [a, b] = [await exported(one, options), await exported(two, options)]

    expect(a.equals(b)).toBe(true)
    expect((await exported(one)).equals(await exported(two))).toBe(false)
  })

  it('can be imported from pieces of any size', async () => {
    const file = await exported(await aDatabase(['1.0.0']), { privateKey: OURS })
    for (const size of [1, 7, 39, 40, 41, file.length]) {
      const to = aFolder()

      const outcome = await importAdvisories(to, inPieces(file, size), { trusted: 'any', now: NOW })

      expect(outcome.ok).toBe(true)
    }
  })

  it('is not made of nothing, nor of what every site has', async () => {
    const options = { createdAt: NOW, madeBy: 'test', privateKey: null }

    expect(await exportAdvisories(aFolder(), options)).toBeNull()
    expect(await exportAdvisories(await aDatabase(['1.0.0'], NOW, aFolder(), 'starter'), options)).toBeNull()
  })

  it('leaves no file open when nobody reads it to its end', async () => {
    const file = await exportAdvisories(await aDatabase(['1.0.0']), {
      createdAt: NOW,
      madeBy: 'test',
      privateKey: OURS,
    })

    for await (const chunk of file?.chunks ?? []) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
  })
})

describe('where an imported version came from', () => {
  it('is told until a sync makes another', async () => {
    const file = await exported(await aDatabase(['1.0.0']), { privateKey: OURS })
    const to = aFolder()
    await imported(to, file)
    const { version } = readPointer(to)

    expect(readOrigin(to, version ?? '')).toEqual({
      version,
      importedAt: LATER,
      createdAt: NOW,
      madeBy: 'openinspector 9.9.9',
      signedBy: fingerprint(OURS),
    })
    await aDatabase(['3.0.0'], LATER, to)
    expect(readOrigin(to, readPointer(to).version ?? '')).toBeNull()
  })
})

describe('trust', () => {
  let unsigned: Buffer
  let signed: Buffer
  beforeAll(async () => {
    const from = await aDatabase(['1.0.0'], NOW, mkdtempSync(join(tmpdir(), 'advisory-transfer-')))
    unsigned = await exported(from)
    signed = await exported(from, { privateKey: OURS })
    rmSync(from, { recursive: true })
  })
  const trusted = new Set([fingerprint(OURS)])

  it('takes what a trusted key signed', async () => {
    const to = aFolder()

    const outcome = await imported(to, signed, { trusted: new Set([...trusted, fingerprint(THEIRS)]) })

    expect(outcome).toMatchObject({ ok: true, value: { signedBy: fingerprint(OURS) } })
  })

  it.each([
    ['what nobody signed', () => unsigned, trusted, 'nobody signed it'],
    ['what another key signed', () => signed, new Set([fingerprint(THEIRS)]), `the key ${fingerprint(OURS)} signed it`],
  ])('refuses %s', async (_what, file, keys, because) => {
    const to = aFolder()

    const outcome = await imported(to, file(), { trusted: keys })

    expect(outcome).toMatchObject({ ok: false, error: { is: 'untrusted' } })
    expect(!outcome.ok && outcome.error.because).toContain(because)
    expect(readPointer(to).version).toBeNull()
  })

  it('refuses one signature put before another header, whoever is trusted', async () => {
    const other = await exported(await aDatabase(['9.0.0']), { privateKey: OURS })
    const [theirs, ours] = [framesOf(signed), framesOf(other)]

    const outcome = await imported(aFolder(), sealed(ours.header, theirs.signature, ours.body))

    expect(!outcome.ok && outcome.error.because).toContain('signature does not fit')
  })
})

describe('a damaged or forged file', () => {
  it('is never taken, whichever bit was turned over', async () => {
    const file = await exported(await aDatabase(['1.0.0', '2.0.0']), { privateKey: OURS })
    const { header, signature } = framesOf(file)
    const front = header.length + signature.length + 16
    const to = aFolder()
    // Headers, signature and checksum are short and the body is long: each region gets its share.
    const place = fc.oneof(
      fc.nat({ max: front + 40 }),
      fc.nat({ max: file.length - 1 }),
      fc.integer({ min: file.length - 60, max: file.length - 1 }),
    )
    await fc.assert(
      fc.asyncProperty(place, fc.nat({ max: 7 }), async (at, bit) => {
        const changed = Buffer.from(file)
        changed[at] = (changed[at] ?? 0) ^ (1 << bit)

        expect(await imported(to, changed)).toMatchObject({ ok: false, error: { is: 'damaged' } })
        expect(readPointer(to).version).toBeNull()
      }),
      { numRuns: 300 },
    )
    expect(readdirSync(to)).toEqual(['lock.sqlite'])
  })

  it('is never taken when it ends early or goes on', async () => {
    const file = await exported(await aDatabase(['1.0.0']))
    const to = aFolder()
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: file.length - 1 }), async length => {
        expect(await imported(to, file.subarray(0, length))).toMatchObject({ ok: false, error: { is: 'damaged' } })
      }),
      { numRuns: 100 },
    )
    // At each end of a frame, and within the checksum.
    const { header, signature } = framesOf(file)
    const front = header.length + signature.length + 16
    for (const length of [
      front - 1,
      front,
      front + 1,
      front + 39,
      front + 40,
      front + 41,
      front + 60,
      file.length - 1,
    ]) {
      expect(await imported(to, file.subarray(0, length))).toMatchObject({ ok: false, error: { is: 'damaged' } })
    }
    expect(await imported(to, Buffer.concat([file, Buffer.from([0])]))).toMatchObject({ ok: false })
    expect(await imported(to, Buffer.concat([file, file]))).toMatchObject({ ok: false })
  })

  it('leaves what was in use', async () => {
    const file = await exported(await aDatabase(['9.0.0'], LATER))
    const to = await aDatabase(['1.0.0'])
    const before = readPointer(to)

    await imported(to, file.subarray(0, file.length - 1))

    expect(readPointer(to)).toEqual(before)
    expect(fixOf(to, 'pad-0')).toBe('1.0.0')
  })

  it.each([
    ['an empty file', Buffer.alloc(0), 'too short'],
    ['another file', Buffer.from('PK\u0003\u0004 some other archive'), 'no file of `openinspector advisories export`'],
    ['a header of 4 GB', Buffer.from('5a2a4d18ffffffff', 'hex'), 'more than'],
    ['a header without JSON', encodeFrame('header', Buffer.from('{')), 'no JSON'],
    ['a header of something else', encodeFrame('header', Buffer.from('{"kind":"x"}')), 'no advisories'],
  ])('is refused: %s', async (_what, file, because) => {
    const outcome = await imported(aFolder(), file)

    expect(!outcome.ok && outcome.error.because).toContain(because)
  })

  it.each([
    ['format', { format: 2 }, ['format 2', 'reads format 1']],
    ['layout', { layout: 3 }, ['layout 3', 'made by openinspector 9.9.9', 'Update OpenInspector there']],
    ['later layout', { layout: 999 }, ['layout 999', 'Update OpenInspector here']],
  ])('of another %s names both and what to do', async (_what, change, words) => {
    const { header, signature, body } = framesOf(await exported(await aDatabase(['1.0.0'])))
    const changed = Buffer.from(JSON.stringify({ ...(JSON.parse(header.toString()) as object), ...change }))

    const outcome = await imported(aFolder(), sealed(changed, signature, body))

    for (const word of words) expect(!outcome.ok && outcome.error.because).toContain(word)
  })

  it('is refused when its name is not that of its parts', async () => {
    const { header, signature, body } = framesOf(await exported(await aDatabase(['1.0.0'])))
    const changed = header.toString().replace(/"version":"[0-9a-f]{24}"/, `"version":"${'a'.repeat(24)}"`)

    const outcome = await imported(aFolder(), sealed(Buffer.from(changed), signature, body))

    expect(!outcome.ok && outcome.error.because).toContain(`calls itself ${'a'.repeat(24)}`)
  })
})

describe('a file made to do harm', () => {
  /** A file that is whole and rightly named, but for what `harm` did to its database. */
  async function aForgery(harm: (database: DatabaseSync) => void, ...then: ((bytes: Uint8Array) => Uint8Array)[]) {
    const from = await aDatabase(['1.0.0', '2.0.0'])
    const pointer = readPointer(from)
    const path = join(from, 'harmed.sqlite')
    copyFileSync(join(from, `advisories-${pointer.version}.sqlite`), path)
    const database = new DatabaseSync(path)
    harm(database)
    database.close()
    const bytes = then.reduce<Uint8Array>((all, change) => change(all), readFileSync(path))
    return sealedDatabase(bytes, pointer)
  }

  it.each<[string, (database: DatabaseSync) => void, string]>([
    [
      'a trigger',
      database => database.exec('CREATE TRIGGER evil AFTER INSERT ON part BEGIN DELETE FROM advisory; END'),
      'trigger evil',
    ],
    ['a view', database => database.exec('CREATE VIEW evil AS SELECT 1'), 'view evil'],
    ['a table too many', database => database.exec('CREATE TABLE evil (a)'), 'table evil'],
    ['a virtual table', database => database.exec('CREATE VIRTUAL TABLE evil USING fts5(a)'), 'table evil'],
    ['an index too many', database => database.exec('CREATE INDEX evil ON record (json)'), 'index evil'],
    ['a table of another shape', database => database.exec('ALTER TABLE signal ADD COLUMN evil'), 'table signal'],
    ['a missing index', database => database.exec('DROP INDEX alias_by_advisory'), 'lacks the index alias_by_advisory'],
    ['another part', database => database.exec("UPDATE part SET hash = 'x'"), 'different parts'],
    ['a part too many', database => database.exec("INSERT INTO part VALUES (9, 'osv', 'x', 'y')"), 'different parts'],
    ['a stranger', database => database.exec("UPDATE advisory SET feed = 'amazon-linux'"), 'of another feed'],
    ['a range that is none', database => database.exec("UPDATE match_entry SET affected = '[[[1]]]'"), 'a range'],
    [
      'a version that is none',
      database => database.exec(`UPDATE match_entry SET affected = '[[[1,"semver",null,"!"]],[]]'`),
      'does not read: !',
    ],
    ['a record that is none', database => database.exec("UPDATE record SET json = '{}'"), 'a record'],
    ['a list that is none', database => database.exec("UPDATE advisory SET about = '[7]'"), 'an advisory'],
    [
      'a row that leads nowhere',
      database => database.exec('PRAGMA foreign_keys = OFF; DELETE FROM advisory WHERE id = 1'),
      'leads nowhere',
    ],
  ])('is refused: %s', async (_what, harm, because) => {
    const to = aFolder()

    const outcome = await imported(to, await aForgery(harm))

    expect(!outcome.ok && outcome.error.because).toContain(because)
    expect(readdirSync(to)).toEqual(['lock.sqlite'])
  })

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['pages of noise', bytes => Buffer.concat([bytes.subarray(0, 4_096), Buffer.alloc(bytes.length - 4_096, 0xa5)])],
    ['half a database', bytes => bytes.subarray(0, 8_192)],
    ['no database', () => Buffer.from('not a database at all')],
  ])('is refused: %s', async (_what, change) => {
    const outcome = await imported(aFolder(), await aForgery(() => {}, change))

    expect(!outcome.ok && outcome.error.because).toMatch(/database (is damaged|cannot be read|lacks)/)
  })

  it('is refused before it fills the disk: a bomb', async () => {
    const { pointer, bytes } = await aBomb(64 * 1024 * 1024)

    const outcome = await imported(aFolder(), sealedDatabase(bytes, pointer))

    expect(!outcome.ok && outcome.error.because).toContain('grows more than 200 times')
  })

  it('is refused when it holds more than it announced', async () => {
    const { pointer, bytes } = await aBomb(2 * 1024 * 1024)

    const outcome = await imported(aFolder(), sealedDatabase(bytes, pointer, { bytes: 1024 * 1024 }))

    expect(!outcome.ok && outcome.error.because).toContain('more than the 1048576 bytes')
  })

  it('is refused when there is no room for what it announces', async () => {
    const { pointer, bytes } = await aBomb(1_024)

    const outcome = await imported(aFolder(), sealedDatabase(bytes, pointer, { bytes: 16 * 1024 ** 3 }))

    expect(!outcome.ok && ['no-room', 'damaged']).toContain(!outcome.ok && outcome.error.is)
  })

  async function aBomb(bytes: number) {
    return { pointer: readPointer(await aDatabase(['1.0.0'])), bytes: Buffer.alloc(bytes) }
  }
})

describe('older advisories', () => {
  it('are refused without force, and taken with it', async () => {
    const old = await exported(await aDatabase(['1.0.0'], NOW))
    const to = await aDatabase(['2.0.0'], LATER)

    const refused = await imported(to, old)
    const forced = await imported(to, old, { force: true })

    expect(refused).toMatchObject({ ok: false, error: { is: 'older' } })
    expect(!refused.ok && refused.error.because).toContain('2026-11-23T00:00:00Z, those in use 2026-11-23T01:00:00Z')
    expect(forced.ok).toBe(true)
    expect(fixOf(to, 'pad-0')).toBe('1.0.0')
  })

  it('are not what every site begins with', async () => {
    const to = await aDatabase(['1.0.0'], LATER, aFolder(), 'starter')

    expect(await imported(to, await exported(await aDatabase(['2.0.0'], NOW)))).toMatchObject({ ok: true })
  })

  it('are not what is in use already', async () => {
    const from = await aDatabase(['1.0.0'])
    const to = aFolder()
    await imported(to, await exported(from))

    const again = await imported(to, await exported(from))

    expect(again.ok && again.value.before).toBe(openAdvisoryDatabase(to).currentVersion())
    expect(fixOf(to, 'pad-0')).toBe('1.0.0')
  })
})

describe('several at a time', () => {
  it('two importers and a sync leave one whole version, and nothing unfinished', async () => {
    const files = [await exported(await aDatabase(['1.0.0'])), await exported(await aDatabase(['2.0.0']))]
    const to = aFolder()

    const outcomes = await Promise.all([
      ...files.map(file => imported(to, file, { force: true })),
      aDatabase(['3.0.0'], LATER, to),
    ])

    expect(outcomes.slice(0, 2)).toMatchObject([{ ok: true }, { ok: true }])
    expect(['1.0.0', '2.0.0', '3.0.0']).toContain(fixOf(to, 'pad-0'))
    expect(readdirSync(to).filter(name => /^(unfinished-|advisories-)/.test(name))).toHaveLength(1)
  })

  it('an importer that is killed leaves the old or the new version, whole', { timeout: 60_000 }, async () => {
    const many = (fixed: string) => Array.from({ length: 2_000 }, () => fixed)
    const folder = aFolder()
    const files = await Promise.all(
      ['1.0.0', '2.0.0'].map(async fixed => {
        const path = join(folder, `${fixed}.zst`)
        writeFileSync(path, await exported(await aDatabase(many(fixed))))
        return path
      }),
    )
    const to = aFolder()
    const script = join(import.meta.dirname, '../../../test/support/killed-advisory-importer.ts')
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [script, to, ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
      const died = new Promise(resolve => child.once('exit', resolve))
      const imported = () => new Promise(resolve => child.stdout.once('data', resolve))
      await imported()
      const startedAt = performance.now()
      await imported()
      await pause(Math.random() * 2 * (performance.now() - startedAt))
      child.kill('SIGKILL')
      await died

      const index = openAdvisoryDatabase(to).open()!
      const texts = ['pad-0', 'pad-1000', 'pad-1999'].map(name =>
        JSON.stringify(index.entriesFor(NPM, name)[0]?.affected.ranges),
      )
      expect(new Set(texts).size).toBe(1)
      index.close()
    }
    await openAdvisoryDatabase(to).apply([], NOW)
    expect(readdirSync(to).filter(name => name.startsWith('unfinished-'))).toEqual([])
  })
})

interface Frames {
  readonly header: Buffer
  readonly signature: Buffer
  readonly body: Buffer
}

function framesOf(file: Buffer): Frames {
  const headerEnd = 8 + file.readUInt32LE(4)
  const signatureEnd = headerEnd + 8 + file.readUInt32LE(headerEnd + 4)
  return {
    header: file.subarray(8, headerEnd),
    signature: file.subarray(headerEnd + 8, signatureEnd),
    body: file.subarray(signatureEnd, file.length - 40),
  }
}

/** As an attacker would: with a checksum that fits. */
function sealed(header: Buffer, signature: Buffer, body: Buffer): Buffer {
  const all = Buffer.concat([encodeFrame('header', header), encodeFrame('signature', signature), body])
  return Buffer.concat([all, encodeFrame('end', createHash('sha256').update(all).digest())])
}

function sealedDatabase(
  bytes: Uint8Array,
  { version, generations }: ReturnType<typeof readPointer>,
  announced: Partial<TransferHeader['database']> = {},
): Buffer {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const database = { bytes: bytes.length, sha256, ...announced }
  const header = encodeHeader({ createdAt: NOW, madeBy: 'test', version: version ?? '', generations, database })
  return sealed(header, encodeSignature(header, sha256, THEIRS), zstdCompressSync(bytes))
}
