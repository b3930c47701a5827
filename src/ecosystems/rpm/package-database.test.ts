import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Analyzer, FileAnalysis } from '../ecosystem.ts'
import { rpmContainerManifest } from './container-manifest.ts'
import { rpmBerkeleyDb, rpmNdb, rpmSqlite, rpmSqliteWal } from './package-database.ts'

const real = (name: string): Buffer => gunzipSync(readFileSync(new URL(`testdata/${name}.gz`, import.meta.url)))

function read(analyzer: Analyzer, bytes: Uint8Array): FileAnalysis {
  const analysis = analyzer.analyze({ path: 'var/lib/rpm/x', bytes })
  if (!analysis.ok) throw new Error(analysis.error.detail)
  return analysis.value
}

const byName = (analysis: FileAnalysis): FileAnalysis['packages'] =>
  analysis.packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** What `rpm -qa` prints of the databases in testdata. */
const PACKAGES = [
  {
    type: 'rpm',
    name: 'demo-python',
    version: '2:1.2-3.el9',
    arch: 'noarch',
    source: { name: 'demo-small', version: '1.2-3.el9' },
    manager: 'OS',
    vendor: 'AlmaLinux',
  },
  {
    type: 'rpm',
    name: 'demo-small',
    version: '2:1.2-3.el9',
    arch: 'noarch',
    source: null,
    manager: 'OS',
    vendor: 'AlmaLinux',
  },
  {
    type: 'rpm',
    name: 'libxml2',
    version: '2.9.13-6.el9_5.2',
    arch: 'x86_64',
    source: null,
    manager: 'OS',
    vendor: 'AlmaLinux',
  },
  {
    type: 'rpm',
    name: 'nodejs',
    version: '1:18.14.2-2.module_el8.7.0+3446+a9ef2a4d',
    arch: 'x86_64',
    source: null,
    manager: 'OS',
    vendor: 'AlmaLinux',
    module: 'nodejs:18',
  },
]
const OWNED = [{ owner: 'demo-python', paths: ['usr/lib/python3.9/site-packages/demo-1.2.dist-info/METADATA'] }]

describe('paths of rpm databases', () => {
  it.each([
    ['var/lib/rpm/Packages', rpmBerkeleyDb],
    ['usr/lib/sysimage/rpm/Packages.db', rpmNdb],
    ['usr/share/rpm/rpmdb.sqlite', rpmSqlite],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite-wal', rpmSqliteWal],
    ['var/lib/rpmmanifest/container-manifest-2', rpmContainerManifest],
  ])('%s', (path, analyzer) => {
    expect(analyzer.wants(path)).toBe(true)
    expect(analyzer.wants(`rootfs/${path}`)).toBe(false)
    expect(analyzer.wants(`${path}.bak`)).toBe(false)
  })
})

describe('a SQLite database that rpm wrote', () => {
  it('gives the packages that rpm lists, without keys, and what they own', () => {
    const analysis = read(rpmSqlite, real('rpmdb.sqlite'))

    expect(byName(analysis)).toEqual(PACKAGES)
    expect(analysis.owned).toEqual(OWNED)
    expect(analysis.problems).toEqual([])
  })

  it('is read through all levels of its pages', () => {
    const { packages, problems } = read(rpmSqlite, real('rpmdb-of-60.sqlite'))

    const names = packages.map(({ name }) => name).sort()
    expect(names).toEqual(Array.from({ length: 60 }, (_, index) => `part-${String(index).padStart(2, '0')}`))
    expect(problems).toEqual([])
  })

  it('is a problem where it is cut, and gives what is left', () => {
    const whole = real('rpmdb-of-60.sqlite')

    const { packages, problems } = read(rpmSqlite, whole.subarray(0, whole.length - 30 * 4096))

    expect(packages.length).toBeLessThan(60)
    expect(problems.length).toBeGreaterThan(0)
    expect(problems[0]).toMatchObject({ reason: 'malformed-package-database' })
  })

  it.each([
    ['no database', Buffer.from('hello'), 'not a SQLite file'],
    ['empty', Buffer.alloc(0), 'not a SQLite file'],
    ['one without packages', real('rpmdb.sqlite').fill(0, 100, 4096), 'no table Packages'],
  ])('fails as a whole when it is %s', (_what, bytes, detail) => {
    const analysis = rpmSqlite.analyze({ path: 'x', bytes })

    expect(analysis).toMatchObject({ ok: false, error: { reason: 'malformed-package-database' } })
    expect(analysis.ok ? '' : analysis.error.detail).toContain(detail)
  })
})

describe('a write-ahead log of SQLite', () => {
  it('adds its packages, and is always told as a problem', () => {
    const { packages, problems } = read(rpmSqliteWal, real('rpmdb.sqlite-wal'))

    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['part-42', 'demo-newer']))
    expect(problems).toMatchObject([{ reason: 'uncheckpointed-wal' }])
  })

  it('leaves out what was not committed', () => {
    const bytes = real('rpmdb.sqlite-wal')
    const withoutLastFrame = bytes.subarray(0, bytes.length - 24 - 4096)

    const names = read(rpmSqliteWal, withoutLastFrame).packages.map(({ name }) => name)

    expect(names).toContain('part-42')
    expect(names).not.toContain('demo-newer')
  })

  it('says nothing when it was folded and is empty', () => {
    expect(read(rpmSqliteWal, Buffer.alloc(0))).toEqual({ packages: [], distro: null, owned: null, problems: [] })
  })
})

describe('a Berkeley DB of headers that rpm reads', () => {
  it('gives the packages that rpm lists', () => {
    const analysis = read(rpmBerkeleyDb, real('Packages'))

    expect(byName(analysis)).toEqual(PACKAGES)
    expect(analysis.owned).toEqual(OWNED)
    expect(analysis.problems).toEqual([])
  })

  it('is a problem where a chain of pages turns back', () => {
    const bytes = real('Packages')
    const pageOf = (page: number): number => page * 4096
    for (let page = 1; pageOf(page) < bytes.length; page++) {
      if (bytes[pageOf(page) + 25] === 7 && bytes.readUInt32LE(pageOf(page) + 16) !== 0) {
        bytes.writeUInt32LE(page, pageOf(page) + 16)
      }
    }

    const { packages, problems } = read(rpmBerkeleyDb, bytes)

    expect(packages.length).toBeLessThan(PACKAGES.length)
    expect(problems[0]?.detail).toContain('end or turn')
  })

  it('fails as a whole for a B-tree, an encrypted file and odd pages', () => {
    const changed = (at: number, value: number): Buffer => {
      const bytes = real('Packages')
      bytes.writeUInt32LE(value, at)
      return bytes
    }
    for (const bytes of [changed(12, 0x053162), changed(24, 1), changed(20, 5000), changed(20, 0)]) {
      expect(rpmBerkeleyDb.analyze({ path: 'x', bytes })).toMatchObject({
        ok: false,
        error: { reason: 'malformed-package-database' },
      })
    }
  })
})

/** Headers of the real database in an NDB file, laid out as rpm's lib/backend/ndb/rpmpkg.c writes it. */
function ndbOf(headers: readonly Uint8Array[]): Buffer {
  const file = Buffer.alloc(4096 + headers.reduce((sum, header) => sum + 48 + header.length, 0))
  file.write('RpmP', 0, 'latin1')
  file.writeUInt32LE(1, 8)
  file.writeUInt32LE(1, 12)
  for (let slot = 32; slot < 4096; slot += 16) file.write('Slot', slot, 'latin1')
  let at = 4096
  for (const [index, header] of headers.entries()) {
    const slot = 32 + index * 16
    file.writeUInt32LE(index + 1, slot + 4)
    file.writeUInt32LE(at / 16, slot + 8)
    file.write('BlbS', at, 'latin1')
    file.writeUInt32LE(index + 1, at + 4)
    file.writeUInt32LE(header.length, at + 12)
    file.set(header, at + 16)
    at += Math.ceil((16 + header.length + 12) / 16) * 16
  }
  return file
}

/** A header with one text for each tag. */
function headerOf(tags: Readonly<Record<number, string>>): Buffer {
  const entries = Object.entries(tags)
  const index = Buffer.alloc(8 + entries.length * 16)
  let data = ''
  index.writeUInt32BE(entries.length, 0)
  for (const [at, [tag, text]] of entries.entries()) {
    index.writeUInt32BE(Number(tag), 8 + at * 16)
    index.writeUInt32BE(6, 12 + at * 16)
    index.writeUInt32BE(Buffer.byteLength(data), 16 + at * 16)
    index.writeUInt32BE(1, 20 + at * 16)
    data += `${text}\0`
  }
  index.writeUInt32BE(Buffer.byteLength(data), 4)
  return Buffer.concat([index, Buffer.from(data)])
}

const A_HEADER = { 1000: 'a', 1001: '1', 1002: '2' }

describe('an NDB file', () => {
  it('gives a package for each slot in use', () => {
    const { packages, problems } = read(rpmNdb, ndbOf([headerOf(A_HEADER), headerOf({ ...A_HEADER, 1000: 'b' })]))

    expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['a 1-2', 'b 1-2'])
    expect(problems).toEqual([])
  })

  it('is a problem where slots lead out of the file, to another package, or all to one large header', () => {
    const large = headerOf({ ...A_HEADER, 9999: 'x'.repeat(8000) })
    const overlapping = ndbOf([large, headerOf(A_HEADER), headerOf(A_HEADER)])
    for (const slot of [48, 64]) {
      overlapping.writeUInt32LE(1, slot + 4)
      overlapping.writeUInt32LE(256, slot + 8)
    }
    const outside = ndbOf([headerOf(A_HEADER)])
    outside.writeUInt32LE(0xffffffff, 32 + 8)

    expect(read(rpmNdb, overlapping).problems[0]?.detail).toContain('overlap')
    expect(read(rpmNdb, outside).problems[0]?.detail).toContain('no header')
  })
})

describe('a package header', () => {
  const one = (tags: Readonly<Record<number, string>>): FileAnalysis => read(rpmNdb, ndbOf([headerOf(tags)]))

  it('counts the last of two entries of one tag', () => {
    const header = headerOf({ 999: 'older', ...A_HEADER })
    header.writeUInt32BE(1000, 8)

    expect(read(rpmNdb, ndbOf([header])).packages[0]?.name).toBe('a')
  })

  it.each([
    [{ 1000: 'a', 1001: '1' }, 'without name, version or release'],
    [{ ...A_HEADER, 1000: '../a' }, 'not a package name'],
    [{ ...A_HEADER, 1001: '1 2' }, 'no readable version'],
    [{ ...A_HEADER, 1002: '1-2' }, 'no readable version'],
    [{ ...A_HEADER, 1044: 'nonsense' }, 'source package'],
  ])('is a problem when it is unreadable', (tags, detail) => {
    const { packages, problems } = one(tags)

    expect(packages).toEqual([])
    expect(problems[0]?.detail).toContain(detail)
  })

  it('has no vendor, module or architecture where rpm says (none)', () => {
    expect(one({ ...A_HEADER, 1011: '(none)', 1022: '(none)', 5096: '(none)' }).packages).toEqual([
      { type: 'rpm', name: 'a', version: '1-2', arch: null, source: null, manager: 'OS' },
    ])
  })
})

describe('a hostile header', () => {
  it('with a million names in a long directory does not take long', () => {
    const count = 1_000_000
    const data = Buffer.concat([Buffer.from(`a\0/${'x'.repeat(1000)}\0`), Buffer.alloc(count)])
    const names = data.length - count
    const entries = [
      [1000, 6, 0, 1],
      [1001, 6, 0, 1],
      [1002, 6, 0, 1],
      [1118, 8, 2, 1],
      [1117, 8, names, count],
      [1116, 4, names, count / 4],
    ] as const
    const index = Buffer.alloc(8 + entries.length * 16)
    index.writeUInt32BE(entries.length, 0)
    index.writeUInt32BE(data.length, 4)
    for (const [at, entry] of entries.entries()) {
      for (const [column, value] of entry.entries()) index.writeUInt32BE(value, 8 + at * 16 + column * 4)
    }
    const file = ndbOf([Buffer.concat([index, data])])
    const started = performance.now()

    const { packages } = read(rpmNdb, file)

    expect(packages).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('the manifest of a distroless Azure Linux image', () => {
  it('gives a package a line', () => {
    const text =
      'curl\t8.8.0-3.azl3\t1722\t1722\tMicrosoft Corporation\t(none)\t1\tx86_64\t0\tcurl-8.8.0-3.azl3.src.rpm\n' +
      'openssl-libs\t3.3.2-2.azl3\t1722\t1722\tMicrosoft Corporation\t1\t1\tx86_64\t1\topenssl-3.3.2-2.azl3.src.rpm\nshort\n'

    const { packages, problems } = read(rpmContainerManifest, Buffer.from(text))

    expect(packages).toMatchObject([
      { name: 'curl', version: '8.8.0-3.azl3', source: null, vendor: 'Microsoft Corporation' },
      { name: 'openssl-libs', version: '1:3.3.2-2.azl3', source: { name: 'openssl', version: '3.3.2-2.azl3' } },
    ])
    expect(problems).toMatchObject([{ detail: 'line 3: 1 columns instead of 10' }])
  })
})

describe.each([
  ['SQLite', rpmSqlite, real('rpmdb.sqlite')],
  ['a write-ahead log', rpmSqliteWal, real('rpmdb.sqlite-wal')],
  ['Berkeley DB', rpmBerkeleyDb, real('Packages')],
  ['NDB', rpmNdb, ndbOf([headerOf(A_HEADER), headerOf({ ...A_HEADER, 1000: 'b' })])],
] as const)('damage to %s', (_what, analyzer, bytes) => {
  it('never throws, hands out more than it has, or takes long', () => {
    const damage = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), { maxLength: 40 })
    fc.assert(
      fc.property(damage, fc.nat({ max: bytes.length }), (changes, end) => {
        const damaged = Buffer.from(bytes)
        for (const [at, value] of changes) damaged[at] = value
        const started = performance.now()

        const analysis = analyzer.analyze({ path: 'x', bytes: damaged.subarray(0, end) })

        expect(analysis.ok ? 'read' : analysis.error.reason).toMatch(/^[a-z-]+$/)
        expect(performance.now() - started).toBeLessThan(1000)
      }),
    )
  })
})
