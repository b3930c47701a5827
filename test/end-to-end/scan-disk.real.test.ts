import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../support/debian-image.ts'
import { removeHome, startCommand, temporaryHome } from '../support/running-product.ts'

const MIB = 1 << 20
const SECTOR = 512
const folder = temporaryHome()
const whole = join(folder, 'whole')
const image = join(folder, 'disk.img')

beforeAll(makeMachine)
afterAll(() => removeHome(folder))

describe('scan disk:', () => {
  it.each([
    [
      'gpt',
      34_816,
      ['label: gpt', 'start=2048, size=32768', 'start=34816, size=32768', 'start=67584, size=32768, type=S'],
    ],
    [
      'mbr',
      36_864,
      [
        'label: dos',
        'start=2048, size=32768',
        'start=34816, size=80000, type=5',
        'start=36864, size=32768',
        'start=71680, size=32768, type=82',
      ],
    ],
  ])('finds on the parts of a machine behind a %s what its directory holds', async (scheme, usrAt, table) => {
    makeDisk(table, [
      [2048, 'root', []],
      [usrAt, 'usr', ['-L', 'user-files']],
    ])

    const ofDisk = await reportOf(`disk:${image}`)
    const ofDirectory = await reportOf(`dir:${whole}`)

    expect(ofDisk.results).toHaveLength(1)
    const [{ disk, ...found }] = ofDisk.results
    expect(found).toEqual(ofDirectory.results[0])
    expect(found.packageCount).toBe(43)
    expect(found.findings.length).toBeGreaterThan(0)
    expect(disk).toMatchObject({ partitionTable: scheme, root: 'partition 1', mounts: [{ path: '/usr' }], notes: [] })
    expect(disk?.blocksRead).toBeLessThan(disk?.blocksTotal ?? 0)
  })

  it('finds the same on a disk without partitions', async () => {
    writeFileSync(image, '')
    truncateSync(image, 24 * MIB)
    runProgram('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', whole, image])

    const [{ disk, ...found }] = (await reportOf(`disk:${image}`)).results

    expect(found).toEqual((await reportOf(`dir:${whole}`)).results[0])
    expect(disk).toMatchObject({ partitionTable: 'none', root: 'disk' })
  })

  it('says which part of the machine is not on the disk', async () => {
    makeDisk(['label: gpt', 'start=2048, size=32768'], [[2048, 'root', []]])

    const run = await startCommand(['scan', `disk:${image}`], { OPENINSPECTOR_HOME: join(folder, 'home') })

    expect(run.stdout + run.stderr).toContain('etc/fstab mounts LABEL=user-files there, which is not on this disk')
    expect(run.stderr).toMatch(/Read \d+ of \d+ blocks of 512 KiB/)
  })

  it.each([
    ['a disk format', 'QFI\xfb', /qcow2 file, not a raw image: convert it/],
    ['an encrypted disk', 'LUKS\xba\xbe', /disk \(LUKS: LUKS volume: its content cannot be read without its key\)/],
  ])('refuses %s by name', async (_, magic, message) => {
    writeFileSync(image, Buffer.from(magic, 'latin1'))
    truncateSync(image, MIB)

    const run = await startCommand(['scan', `disk:${image}`], { OPENINSPECTOR_HOME: join(folder, 'home') })

    expect(run.status).not.toBe(0)
    expect(run.stderr).toMatch(message)
  })

  it('says that there is no such file', async () => {
    const run = await startCommand(['scan', 'disk:/nowhere'], { OPENINSPECTOR_HOME: join(folder, 'home') })

    expect(run.stderr).toContain('Cannot read /nowhere: ENOENT.')
  })
})

/** A machine whole, and in two parts: `root`, and `usr` that its fstab mounts by label. */
function makeMachine(): void {
  const stanzas = Array.from(
    { length: 40 },
    (_, at) => `Package: package-${at}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.${at}-1\n`,
  )
  write('etc/fstab', 'LABEL=user-files /usr ext4 defaults 0 2\n')
  write('var/lib/dpkg/status', stanzas.join('\n'))
  write('usr/lib/os-release', 'ID=debian\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\n')
  runProgram('ln', ['-s', '../usr/lib/os-release', join(whole, 'etc/os-release')])
  runProgram('ln', ['-s', '../usr/lib/os-release', join(folder, 'root/etc/os-release')])
  for (const [name, version] of [
    ['lodash', '4.17.20'],
    ['minimist', '0.0.8'],
    ['node-fetch', '2.6.0'],
  ]) {
    write(`usr/lib/node_modules/${name}/package.json`, JSON.stringify({ name, version }))
  }
  mkdirSync(join(folder, 'root/usr'))
  writeFileSync(join(whole, 'etc/fstab'), '# all of it lies in one place\n')
}

function write(path: string, content: string): void {
  const part = path.startsWith('usr/') ? join(folder, path) : join(folder, 'root', path)
  for (const file of [join(whole, path), part]) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
}

function makeDisk(
  table: readonly string[],
  parts: readonly (readonly [first: number, name: string, options: readonly string[]])[],
): void {
  writeFileSync(image, '')
  truncateSync(image, 64 * MIB)
  const run = spawnSync('sfdisk', ['-q', image], { input: table.join('\n'), encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`sfdisk ended with ${run.status ?? run.error?.message}: ${run.stderr}`)
  for (const [first, name, options] of parts) {
    runProgram('mke2fs', [
      '-q',
      '-F',
      '-t',
      'ext4',
      '-E',
      `offset=${first * SECTOR}`,
      ...options,
      '-d',
      join(folder, name),
      image,
      '16M',
    ])
  }
}

interface Report {
  readonly results: [
    {
      readonly packageCount: number
      readonly findings: readonly unknown[]
      readonly disk?: { readonly blocksRead: number; readonly blocksTotal: number }
    },
  ]
}

async function reportOf(target: string): Promise<Report> {
  const run = await startCommand(['scan', target, '--format', 'json'], { OPENINSPECTOR_HOME: join(folder, 'home') })
  if (run.stdout === '') throw new Error(run.stderr)
  return JSON.parse(run.stdout) as Report
}
