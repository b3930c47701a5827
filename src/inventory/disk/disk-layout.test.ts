import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { diskHead } from '../../../test/support/disk-head.ts'
import { fakeFileSystem } from '../../../test/support/fake-file-system.ts'
import { memoryDevice } from '../../../test/support/memory-device.ts'
import { readDiskLayout } from './disk-layout.ts'
import type { DiskVolume } from './disk-layout.ts'
import { diskRoots } from './disk-roots.ts'

const SECTOR = 512
const MIB = 1 << 20

function unpacked(path: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(join(import.meta.dirname, path))))
}

function disk(sizeBytes: number, parts: readonly (readonly [at: number, bytes: Uint8Array | string])[]): Uint8Array {
  const image = new Uint8Array(sizeBytes)
  for (const [at, part] of parts) image.set(typeof part === 'string' ? Buffer.from(part, 'latin1') : part, at)
  return image
}

const layoutOf = (image: Uint8Array) => readDiskLayout(memoryDevice(image))
const inShort = ({ name, holds, problem }: DiskVolume): string =>
  `${name}: ${holds}${problem === null ? '' : ` (${problem.reason})`}`
const ext2 = unpacked('ext/testdata/ext2.img.gz')

describe('a disk', () => {
  it('without a partition table is one volume', async () => {
    const layout = await layoutOf(ext2)

    expect(layout.scheme).toBe('none')
    expect(layout.volumes.map(inShort)).toEqual(['disk: ext2'])
  })

  it('with a GPT has its partitions, by number, label and id', async () => {
    const layout = await layoutOf(
      disk(8 * MIB, [
        [0, diskHead('gpt')],
        [4096 * SECTOR, ext2],
      ]),
    )

    expect(layout.scheme).toBe('gpt')
    expect(layout.volumes.map(inShort)).toEqual(['partition 1: empty', 'partition 2: ext2', 'partition 3: empty'])
    expect(layout.volumes[1]?.names).toEqual([
      'PARTUUID=02020202-0202-0202-0202-020202020202',
      '/dev/disk/by-partuuid/02020202-0202-0202-0202-020202020202',
      'PARTLABEL=two',
      '/dev/disk/by-partlabel/two',
      'UUID=11111111-2222-3333-4444-555555555555',
      '/dev/disk/by-uuid/11111111-2222-3333-4444-555555555555',
      'LABEL=sample',
      '/dev/disk/by-label/sample',
    ])
  })

  it('with sectors of 4096 bytes has them too', async () => {
    const head = diskHead('gpt', [{ first: 512, sectors: 256 }], 4096)
    const layout = await layoutOf(
      disk(8 * MIB, [
        [0, head],
        [512 * 4096, ext2],
      ]),
    )

    expect(layout.volumes.map(inShort)).toEqual(['partition 1: ext2'])
  })

  it('with a damaged GPT is not taken for one without', async () => {
    const image = disk(8 * MIB, [[0, diskHead('gpt')]])
    image[512 + 60] = 9

    await expect(layoutOf(image)).rejects.toThrow('the GPT header in sector 1 does not have its checksum')
  })

  it('is read by the copy of its GPT at the end, when the first is damaged', async () => {
    const head = diskHead('gpt')
    const image = disk(8 * MIB, [
      [0, head],
      [8 * MIB - SECTOR, head.subarray(SECTOR, 2 * SECTOR)],
      [4096 * SECTOR, ext2],
    ])
    image[512 + 60] = 9

    const { volumes, notes } = await layoutOf(image)

    expect(volumes.map(inShort)).toContain('partition 2: ext2')
    expect(notes).toEqual(['the partition table at the beginning is damaged: its backup was read'])
  })

  it('with an MBR has its logical partitions', async () => {
    const layout = await layoutOf(
      disk(8 * MIB, [
        [0, diskHead('mbr')],
        [6144 * SECTOR, ext2],
      ]),
    )

    expect(layout.scheme).toBe('mbr')
    expect(layout.volumes.map(inShort)).toEqual(['partition 1: empty', 'partition 5: empty', 'partition 6: ext2'])
    expect(layout.volumes[2]?.names[0]).toBe('PARTUUID=1234abcd-06')
  })

  it('with an MBR of sectors of 4096 bytes is told by what lies there', async () => {
    const head = diskHead('mbr', [{ first: 512, sectors: 256 }])
    const layout = await layoutOf(
      disk(8 * MIB, [
        [0, head],
        [512 * 4096, ext2],
      ]),
    )

    expect(layout.volumes.map(inShort)).toEqual(['partition 1: ext2'])
  })

  it('whose logical partitions lead in a circle is read once', async () => {
    const image = disk(8 * MIB, [[0, diskHead('mbr')]])
    const table = new DataView(image.buffer, 4095 * SECTOR)
    table.setUint32(446 + 16 + 8, 0, true)

    const { volumes, notes } = await layoutOf(image)

    expect(volumes).toHaveLength(2)
    expect(notes).toEqual(['the chain of logical partitions does not end: 1 were read'])
  })

  it.each([
    ['LUKS\xba\xbe', 0, 'disk: LUKS (volume-encrypted)'],
    ['-FVE-FS-', 3, 'disk: BitLocker (volume-encrypted)'],
    ['_BHRfS_M', 0x10040, 'disk: btrfs (volume-unsupported)'],
    ['\x0c\xb1\xba\0\0\0\0\0', 256 * 1024 - 1024, 'disk: zfs (volume-unsupported)'],
    ['SWAPSPACE2', 4086, 'disk: swap'],
    ['FAT32   ', 82, 'disk: vfat'],
    ['NTFS    ', 3, 'disk: ntfs (volume-unsupported)'],
    ['XFSB', 0, 'disk: xfs (volume-unsupported)'],
    ['something else', 0, 'disk: unknown (volume-unrecognised)'],
    ['', 0, 'disk: empty'],
  ])('that has %j at %i is named: %s', async (magic, at, expected) => {
    expect((await layoutOf(disk(MIB, [[at, magic]]))).volumes.map(inShort)).toEqual([expected])
  })

  it.each(['QFI\xfb', 'KDMV', 'conectix', 'vhdxfile', '\x1f\x8b\x08'])(
    'in the format %j is refused, with what to do',
    async magic => {
      await expect(layoutOf(disk(MIB, [[0, magic]]))).rejects.toThrow(/not a raw image: (?:convert|uncompress) it/)
    },
  )

  it.each([0, 1, 511, 512, 1023])('of %i bytes holds nothing', async sizeBytes => {
    expect((await layoutOf(new Uint8Array(sizeBytes))).volumes.map(inShort)).toEqual(['disk: empty'])
  })
})

describe('LVM2', () => {
  const [first, second] = [1, 2].map(number => unpacked(`testdata/lvm-physical-volume-${number}.gz`))
  if (first === undefined || second === undefined) throw new Error('no samples')
  const [firstAt, secondAt] = [2048, 2048 + 49_152]
  const head = diskHead('gpt', [
    { first: firstAt, sectors: 49_152 },
    { first: secondAt, sectors: 49_152 },
  ])
  /** Where `lvs` says that an extent of a physical volume lies. (testdata/SOURCES.md) */
  const extent = (volume: 1 | 2, number: number): number =>
    (volume === 1 ? firstAt : secondAt) * SECTOR + 384 * SECTOR + number * MIB
  const group = (parts: readonly (readonly [number, Uint8Array])[]): Uint8Array =>
    disk(50 * MIB, [[0, head], [firstAt * SECTOR, first], [secondAt * SECTOR, second], ...parts])

  it('has its volumes, across physical ones', async () => {
    const layout = await layoutOf(group([[extent(2, 0), ext2]]))

    expect(layout.volumes.map(inShort)).toEqual([
      'partition 1: LVM2',
      'partition 2: LVM2',
      'vg0/us-r: ext2',
      'vg0/strip: empty',
    ])
    expect(layout.volumes[2]?.names).toContain('/dev/mapper/vg0-us--r')
    expect(layout.volumes[2]?.sizeBytes).toBe(12 * MIB)
  })

  it('reads stripes in turn', async () => {
    const stripes = Array.from({ length: 16 }, (_, at): readonly [number, Uint8Array] => [
      (at % 2 === 0 ? extent(1, 0) : extent(2, 3)) + Math.floor(at / 2) * 65_536,
      ext2.subarray(at * 65_536, (at + 1) * 65_536),
    ])

    const layout = await layoutOf(group(stripes))
    const roots = await diskRoots(layout)
    const read = await roots[0]?.tree.read('middle', 5000)

    expect(layout.volumes.map(inShort)).toContain('vg0/strip: ext2')
    expect(read?.ok === true && Buffer.from(read.value).toString()).toBe('z'.repeat(3000))
  })

  it('says which volume lies in part on another disk', async () => {
    const layout = await layoutOf(disk(24 * MIB, [[0, first]]))

    expect(layout.volumes.map(inShort)).toEqual([
      'disk: LVM2', 'vg0/us-r: unknown (volume-unreadable)', 'vg0/strip: unknown (volume-unreadable)',
    ]) // prettier-ignore
    expect(layout.volumes[1]?.problem?.detail).toMatch(/^it lies in part on physical volume pv1 /)
  })

  it('says that its metadata is damaged', async () => {
    const image = disk(24 * MIB, [[0, first]])
    const text = Buffer.from(image.buffer)
    for (let at = text.indexOf('extent_size'); at >= 0; at = text.indexOf('extent_size', at)) text[at] = 0

    const { volumes } = await layoutOf(image)

    expect(volumes).toHaveLength(1)
    expect(volumes[0]?.problem?.reason).toBe('volume-unreadable')
  })
})

describe('the trees of a disk', () => {
  const volume = (name: string, fileSystem: DiskVolume['fileSystem'], names: readonly string[]): DiskVolume => ({
    name, sizeBytes: 1, holds: 'fake', fileSystem, problem: null, names,
  }) // prettier-ignore
  const fstab = [
    'UUID=AAAA /var ext4', '/dev/mapper/vg-log /var/log xfs', 'LABEL=gone /srv xfs', 'UUID=none /boot/efi vfat', 'LABEL=locked /home ext4',
  ].join('\n') // prettier-ignore
  const machine = volume(
    'partition 1',
    fakeFileSystem({ entries: { etc: { entries: { fstab } }, var: { entries: {} } } }),
    [],
  )
  const variable = volume('partition 2', fakeFileSystem({ entries: { log: { entries: {} }, v: 'v' } }), ['UUID=aaaa'])
  const logs = volume('vg/log', fakeFileSystem({ entries: { syslog: 'l' } }), ['/dev/mapper/vg-log'])
  const data = volume('partition 3', fakeFileSystem({ entries: { d: 'd' } }), ['LABEL=data'])
  const locked = volume('partition 4', null, ['LABEL=locked'])

  it('are machines with what they mount, and what nobody mounts', async () => {
    const roots = await diskRoots({ scheme: 'gpt', volumes: [logs, machine, data, variable, locked], notes: [] })

    expect(roots.map(({ name, mounts, missing }) => ({ name, mounts, missing }))).toEqual([
      {
        name: 'partition 1',
        mounts: [
          { path: '', volume: 'partition 1' },
          { path: 'var', volume: 'partition 2' },
          { path: 'var/log', volume: 'vg/log' },
        ],
        missing: [{ path: 'srv', spec: 'LABEL=gone' }],
      },
      { name: 'partition 3', mounts: [{ path: '', volume: 'partition 3' }], missing: [] },
    ])
    expect((await roots[0]?.tree.read('var/log/syslog', 10))?.ok).toBe(true)
  })

  it('keep a volume whose mount point is not there as a tree of its own', async () => {
    const bare = volume('partition 1', fakeFileSystem({ entries: { etc: { entries: { fstab } } } }), [])

    const roots = await diskRoots({ scheme: 'gpt', volumes: [bare, variable], notes: [] })

    expect(roots.map(root => root.name)).toEqual(['partition 1', 'partition 2'])
  })
})
