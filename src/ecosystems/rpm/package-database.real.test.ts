import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../../test/support/debian-image.ts'
import type { Analyzer, FileAnalysis, FoundPackage } from '../ecosystem.ts'
import { rpmBerkeleyDb, rpmSqlite, rpmSqliteWal } from './package-database.ts'

const folder = mkdtempSync(join(tmpdir(), 'openinspector-rpm-'))
const sqlite = join(folder, 'sqlite')
const QUERY = ['NAME', 'EPOCH', 'VERSION', 'RELEASE', 'ARCH', 'SOURCERPM', 'VENDOR', 'MODULARITYLABEL']
const HEADER_MAGIC = Buffer.from('8eade80100000000', 'hex')

beforeAll(() => {
  buildPackages(
    ['demo', '2:1.2-3.el9', 'Example Linux', 3000],
    ['demo-part-of', '7.0~rc1-1', 'Example Linux', 0],
    ['libsmall', '0-0.1', '', 1],
    ['nodejs', '1:18.14.2-2.module_el8.7.0+3446', 'Example Linux', 40],
    ['unusual', '2024.01.01^git1+5-6', 'Søme Vendor, Inc.', 7],
  )
  rpm('sqlite', sqlite, ['-i', '--justdb', '--nodeps', ...builtPackages()])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * Which formats Debian's rpm 4.18 knows: it writes SQLite and reads Berkeley DB, into which Berkeley DB's own `db_load` puts
 * the headers that rpm exports. It is built without NDB; the test that says so fails when that changes.
 */
describe('databases of Debian’s rpm', () => {
  it('are read as rpm -qa reads them, in SQLite', () => {
    const { packages, problems } = read(rpmSqlite, join(sqlite, 'rpmdb.sqlite'))

    expect(problems).toEqual([])
    expect(packages.length).toBe(6)
    expect(sorted(packages)).toEqual(listedBy('sqlite', sqlite))
  })

  it.each([512, 4096, 65_536])('are read as rpm -qa reads them, in Berkeley DB with pages of %i bytes', pageBytes => {
    const directory = join(folder, `bdb-${pageBytes}`)
    loadBerkeleyDb(directory, pageBytes)

    const { packages, problems } = read(rpmBerkeleyDb, join(directory, 'Packages'))

    expect(problems).toEqual([])
    expect(sorted(packages)).toEqual(listedBy('bdb_ro', directory))
    expect(sorted(packages)).toEqual(listedBy('sqlite', sqlite))
  })

  it('are read with what rpm wrote while somebody else had the database open', () => {
    const directory = join(folder, 'busy')
    const [first = '', ...others] = builtPackages()
    rpm('sqlite', directory, ['-i', '--justdb', '--nodeps', first])
    const reader = new DatabaseSync(join(directory, 'rpmdb.sqlite'))
    try {
      // An open reading keeps the log from being folded into the database.
      reader.exec('BEGIN; SELECT count(*) FROM Packages')
      rpm('sqlite', directory, ['-i', '--justdb', '--nodeps', ...others])

      const inDatabase = read(rpmSqlite, join(directory, 'rpmdb.sqlite'))
      const inLog = read(rpmSqliteWal, join(directory, 'rpmdb.sqlite-wal'))

      expect(inDatabase.packages).toHaveLength(1)
      expect(inLog.problems).toMatchObject([{ reason: 'uncheckpointed-wal' }])
      const either = new Map([...inDatabase.packages, ...inLog.packages].map(found => [found.name, found]))
      expect(sorted([...either.values()])).toEqual(listedBy('sqlite', directory))
    } finally {
      reader.close()
    }
  })

  it.each(['ndb', 'bdb'])('cannot be had in %s: this rpm is built without it', backend => {
    const run = spawnSync('rpm', ['--define', `_db_backend ${backend}`, '--dbpath', join(folder, backend), '--initdb'])

    expect(String(run.stderr)).toContain(`invalid %_db_backend: ${backend}`)
  })
})

type Wanted = readonly [name: string, version: string, vendor: string, files: number]

/** One source package for all, as distributions build them; the second is built from the first. */
function buildPackages(...wanted: readonly Wanted[]): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, version, vendor, files] of wanted) {
    const [, epoch, upstream = '', release = ''] = /^(?:(\d+):)?(.+)-([^-]+)$/.exec(version) ?? []
    const spec = [
      `Name: ${name}`,
      ...(epoch === undefined ? [] : [`Epoch: ${epoch}`]),
      `Version: ${upstream}`,
      `Release: ${release}`,
      ...(vendor === '' ? [] : [`Vendor: ${vendor}`]),
      ...(name === 'nodejs' ? ['ModularityLabel: nodejs:18:8070020230301:bd1311ed'] : []),
      'Summary: s',
      'License: l',
      'BuildArch: noarch',
      '%description',
      's',
      ...(name === 'nodejs' ? ['%package -n npm', 'Summary: s', 'Version: 9.1.2', '%description -n npm', 's'] : []),
      '%install',
      `mkdir -p %{buildroot}/usr/share/${name}`,
      ...(files === 0
        ? []
        : [`for n in $(seq ${files}); do : > %{buildroot}/usr/share/${name}/a-rather-long-name-$n; done`]),
      '%files',
      `/usr/share/${name}`,
      ...(name === 'nodejs' ? ['%files -n npm'] : []),
    ]
    const path = join(folder, `${name}.spec`)
    writeFileSync(path, `${spec.join('\n')}\n`)
    runProgram('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${folder}/build`, path])
  }
}

function builtPackages(): readonly string[] {
  return runProgram('find', [`${folder}/build/RPMS`, '-name', '*.rpm'])
    .trim()
    .split('\n')
    .sort()
}

function rpm(backend: string, directory: string, args: readonly string[]): string {
  return runProgram('rpm', ['--define', `_db_backend ${backend}`, '--dbpath', directory, '--noscripts', ...args])
}

/** What `rpm -qa` says, in the words of an inventory. */
function listedBy(backend: string, directory: string): readonly FoundPackage[] {
  const format = `${QUERY.map(tag => `%{${tag}}`).join('|')}\n`
  const query = ['--define', `_db_backend ${backend}`, '--dbpath', directory, '-qa', '--qf', format]
  const lines = runProgram('rpm', query).trim().split('\n')
  return sorted(lines.map(line => foundPackage(line.split('|').map(value => (value === '(none)' ? null : value)))))
}

function foundPackage(values: readonly (string | null)[]): FoundPackage {
  const [name, epoch, version, release, arch, sourceRpm, vendor, module] = values
  const full = `${version}-${release}`
  const [, sourceName, sourceVersion] = /^(.+)-([^-]+-[^-]+)\.src\.rpm$/.exec(sourceRpm ?? '') ?? []
  const isOwnSource = sourceName === name && sourceVersion === full
  return {
    type: 'rpm',
    name: name ?? '',
    version: epoch === null ? full : `${epoch}:${full}`,
    arch: arch ?? null,
    source: isOwnSource ? null : { name: sourceName ?? '', version: sourceVersion ?? '' },
    manager: 'OS',
    ...(typeof vendor === 'string' ? { vendor } : {}),
    ...(typeof module === 'string' ? { module: module.split(':').slice(0, 2).join(':') } : {}),
  }
}

function sorted(packages: readonly FoundPackage[]): readonly FoundPackage[] {
  return packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The headers of the SQLite database in a hash of Berkeley DB, as rpm before 4.16 kept them. */
function loadBerkeleyDb(directory: string, pageBytes: number): void {
  mkdirSync(directory)
  const exported = spawnSync('rpmdb', ['--dbpath', sqlite, '--exportdb'], { maxBuffer: 1 << 28 }).stdout
  const items: Buffer[] = [Buffer.alloc(4)]
  const headers: Buffer[] = []
  for (let at = 0; at < exported.length;) {
    expect(exported.subarray(at, at + 8)).toEqual(HEADER_MAGIC)
    const bytes = 8 + exported.readUInt32BE(at + 8) * 16 + exported.readUInt32BE(at + 12)
    headers.push(exported.subarray(at + 8, at + 8 + bytes))
    at += 8 + bytes
  }
  // Instance 0 is the next number to give.
  items.push(littleEndian(headers.length + 1))
  for (const [index, header] of headers.entries()) items.push(littleEndian(index + 1), header)
  const dump = join(directory, 'dump')
  writeFileSync(
    dump,
    [
      'VERSION=3',
      'format=bytevalue',
      'type=hash',
      `db_pagesize=${pageBytes}`,
      'HEADER=END',
      ...items.map(item => ` ${item.toString('hex')}`),
      'DATA=END\n',
    ].join('\n'),
  )
  runProgram('db5.3_load', ['-f', dump, join(directory, 'Packages')])
}

function littleEndian(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number)
  return bytes
}

function read(analyzer: Analyzer, path: string): FileAnalysis {
  const analysis = analyzer.analyze({ path: 'var/lib/rpm/database', bytes: readFileSync(path) })
  if (!analysis.ok) throw new Error(analysis.error.detail)
  return analysis.value
}
