import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readDiskFile } from '../../src/app/disk-target.ts'
import type { Inventory } from '../../src/domain/inventory.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import { readRoot } from '../../src/inventory/read-root.ts'
import { readersHere } from '../../src/inventory/readers-here.ts'
import { nodeFileTree } from '../../src/system/file-tree.ts'
import { debootstrap, runProgram } from '../support/debian-image.ts'

const folder = mkdtempSync(join(tmpdir(), 'openinspector-debian-'))
const root = join(folder, 'root')
const FIELDS = ['Package', 'Version', 'Architecture', 'source:Package', 'source:Version', 'db:Status-Status']

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each([
  ['bullseye', '11'],
  ['bookworm', '12'],
])('a root of Debian %s by debootstrap', (release, versionId) => {
  let expected: readonly string[]

  beforeAll(() => {
    rmSync(root, { recursive: true, force: true })
    debootstrap(release, root)
    expected = packagesByDpkg()
  })

  it('holds, scanned as a directory, the packages that dpkg-query lists', async () => {
    const inventory = await readRoot(nodeFileTree(root), { ecosystems: ECOSYSTEMS })

    expect(expected.length).toBeGreaterThan(80)
    expect(packagesIn(inventory)).toEqual(expected)
    expect(inventory.distro).toMatchObject({ id: 'debian', versionId, codename: release })
    expect(inventory.problems).toEqual([])
  })

  it('holds the same, without a problem, on the ext4 file system that it is copied into', async () => {
    const image = join(folder, 'disk.img')
    writeFileSync(image, '')
    truncateSync(image, 512 << 20)
    runProgram('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', root, image])

    const read = await readDiskFile(image, { readers: readersHere(ECOSYSTEMS), progress: () => undefined })

    if (!read.ok) throw new Error(read.error)
    const { trees, notes, usage } = read.value
    expect(notes).toEqual([])
    expect(trees.map(({ inventory }) => [packagesIn(inventory), inventory.problems])).toEqual([[expected, []]])
    expect(usage.blocksRead).toBeLessThan(usage.blocksTotal)
  })
})

/** One line per package, as `dpkg-query -W` writes it in `FIELDS`. */
function packagesByDpkg(): readonly string[] {
  const format = `${FIELDS.map(field => `\${${field}}`).join(' ')}\n`
  const listed = runProgram('dpkg-query', ['--admindir', join(root, 'var/lib/dpkg'), '-W', '-f', format])
  return listed.trim().split('\n').sort()
}

function packagesIn({ packages }: Inventory): readonly string[] {
  return packages
    .map(({ name, version, arch, source }) => {
      const { name: sourceName, version: sourceVersion } = source ?? { name, version }
      return `${name} ${version} ${arch} ${sourceName} ${sourceVersion} installed`
    })
    .sort()
}
