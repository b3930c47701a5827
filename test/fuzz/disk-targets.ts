import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, gunzipSync } from 'node:zlib'
import { DiskFault } from '../../src/inventory/disk/block-device.ts'
import type { BlockDevice } from '../../src/inventory/disk/block-device.ts'
import { readDiskLayout } from '../../src/inventory/disk/disk-layout.ts'
import { diskRoots } from '../../src/inventory/disk/disk-roots.ts'
import { blockRuns } from '../../src/inventory/disk/ext/block-map.ts'
import { readExtInode } from '../../src/inventory/disk/ext/inode.ts'
import { readExtSuperblock } from '../../src/inventory/disk/ext/superblock.ts'
import { logicalVolumes } from '../../src/inventory/disk/lvm-volumes.ts'
import { readPhysicalVolume } from '../../src/inventory/disk/lvm-physical.ts'
import { parseFstab } from '../../src/inventory/disk/fstab.ts'
import { diskHead } from '../support/disk-head.ts'
import { journalBlocks } from '../support/journal-builder.ts'
import type { JournalChecksums, SampleJournal } from '../support/journal-builder.ts'
import { memoryDevice } from '../support/memory-device.ts'
import type { FuzzTarget } from './target.ts'

const DISK_FOLDER = join(import.meta.dirname, '../../src/inventory/disk')
const EXT_SAMPLES = ['ext2', 'ext4', 'ext4-no-extents', 'ext4-dirty']
const MOST_JOURNAL_BLOCKS = 64
const PIECE_BYTES = 64 * 1024
const MOST_ENTRIES = 20_000
/** The size of what a place in a list of damages is told by. */
const UNIT_BYTES = 128
const PATCH_BYTES = 8
const MOST_PATCHES = 100
/** Files of the samples are full of it, so what else is not zero is structure. */
const CONTENT = 0x7a
/** Journals of each kind of checksums, which are written over that of the last sample. */
const JOURNALS: readonly JournalChecksums[] = ['none', 'commit', 'version 2', 'version 3']
const JOURNAL_SEED: SampleJournal['transactions'] = [
  { writes: Array.from({ length: 3 }, (_, at) => [at + 4, 'x'] as const), revokes: [5, 6] },
  { writes: [[5, '\xc0;9\x98']] },
]
/** Beyond the first sectors, so that partitions of the sample tables lie within. */
const TABLE_DISK_BYTES = 16 << 20

/** ext images, partition tables and LVM2 groups that are damaged where it matters: checksums are made good again. */
export async function diskTargets(): Promise<readonly FuzzTarget[]> {
  const lists = [Uint8Array.from({ length: 10 * PATCH_BYTES }, (_, at) => (at * 97) % 256), new Uint8Array(PATCH_BYTES)]
  const ext = await Promise.all(
    EXT_SAMPLES.map(async name => {
      const image = await unpacked(`ext/testdata/${name}.img.gz`)
      const units = structuresOf(image)
      const run = (input: Uint8Array): Promise<void> => readAll(memoryDevice(damaged(image, units, input)))
      return { name: `disk ${name}`, seeds: lists, run }
    }),
  )
  const dirty = await unpacked('ext/testdata/ext4-dirty.img.gz')
  const volumes = await Promise.all([1, 2].map(number => unpacked(`testdata/lvm-physical-volume-${number}.gz`)))
  const texts = await Promise.all(volumes.map(async bytes => readPhysicalVolume(memoryDevice(bytes))))
  return [
    ...ext,
    {
      name: 'disk ext journal',
      seeds: JOURNALS.map(checksums =>
        Buffer.concat(journalBlocks({ transactions: JOURNAL_SEED, checksums, length: 16 })),
      ),
      run: async input => readAll(memoryDevice(await withJournal(dirty, input))),
    },
    {
      name: 'disk partition tables',
      seeds: [diskHead('gpt'), diskHead('mbr')],
      async run(input) {
        const disk = new Uint8Array(TABLE_DISK_BYTES)
        disk.set(input.subarray(0, disk.byteLength))
        sealGpt(disk)
        await readAll(memoryDevice(disk))
      },
    },
    {
      name: 'disk LVM2 physical volume',
      seeds: volumes,
      run: input => readAll(memoryDevice(input)),
    },
    {
      name: 'disk LVM2 metadata',
      seeds: texts.map(({ metadata }) => Buffer.from(metadata ?? '')),
      run(input) {
        const metadata = Buffer.from(input).toString('latin1')
        onlyFaultsIn(() => logicalVolumes(texts.map(({ uuid, device }) => ({ uuid, device, metadata }))))
      },
    },
    {
      name: 'disk fstab',
      seeds: [Buffer.from('UUID=1 / ext4 defaults 0 1\n/dev/mapper/a-b\t/a\\040b xfs rw\n# c\nLABEL="x" /var auto')],
      run(input) {
        for (const { path } of parseFstab(Buffer.from(input).toString())) {
          if (path.startsWith('/') || path.split('/').includes('..')) throw new Error(`a path that leads out: ${path}`)
        }
      },
    },
  ]
}

/** A copy of the sample whose journal begins with the input; its blocks lie apart. */
async function withJournal(dirty: Uint8Array, input: Uint8Array): Promise<Uint8Array> {
  const image = dirty.slice()
  const device = memoryDevice(image)
  const superblock = await readExtSuperblock(device)
  if (superblock === null) throw new Error('the sample is not taken for ext')
  const { journalInode, blockBytes } = superblock
  const blocks = Math.min(Math.ceil(input.byteLength / blockBytes), MOST_JOURNAL_BLOCKS)
  const inode = await readExtInode(device, superblock, journalInode)
  for (const { fileBlock, diskBlock, count } of await blockRuns(device, superblock, inode, 0, blocks)) {
    image.set(input.subarray(fileBlock * blockBytes, (fileBlock + count) * blockBytes), diskBlock * blockBytes)
  }
  return image
}

async function unpacked(path: string): Promise<Uint8Array> {
  return new Uint8Array(gunzipSync(await readFile(join(DISK_FOLDER, path))))
}

function structuresOf(image: Uint8Array): readonly number[] {
  const units: number[] = []
  for (let at = 0; at < image.byteLength; at += UNIT_BYTES) {
    if (image.subarray(at, at + UNIT_BYTES).some(byte => byte !== 0 && byte !== CONTENT)) units.push(at)
  }
  return units
}

/** One patch: a structure (2 bytes), a place in it (1), how many bytes are written (1), those (4); or a copy of another structure. */
function damaged(image: Uint8Array, units: readonly number[], input: Uint8Array): Uint8Array {
  const copy = image.slice()
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  for (let at = 0; at + PATCH_BYTES <= Math.min(input.byteLength, MOST_PATCHES * PATCH_BYTES); at += PATCH_BYTES) {
    const unit = units[view.getUint16(at) % units.length] ?? 0
    const how = view.getUint8(at + 3)
    if (how >= 240) {
      const other = units[view.getUint16(at + 4) % units.length] ?? 0
      copy.set(image.subarray(other, other + UNIT_BYTES), unit)
    } else {
      const place = unit + (view.getUint8(at + 2) % UNIT_BYTES)
      copy.set(input.subarray(at + 4, at + 5 + (how % 4)).subarray(0, copy.byteLength - place), place)
    }
  }
  return copy
}

/** Everything that a scan could read, and a bounded part of each file. */
async function readAll(device: BlockDevice): Promise<void> {
  try {
    for (const { tree } of await diskRoots(await readDiskLayout(device))) {
      let entries = 0
      for await (const { path, kind } of tree.walk(() => undefined)) {
        entries += 1
        if (entries > MOST_ENTRIES) break
        if (path === '' || path.startsWith('/') || path.includes('\0'))
          throw new Error(`a path that cannot be: ${path}`)
        if (kind !== 'file' && kind !== 'symlink') continue
        await tree.read(path, PIECE_BYTES)
        const file = await tree.open(path)
        if (!file.ok) continue
        await file.value.read(Math.max(0, file.value.sizeBytes - PIECE_BYTES), PIECE_BYTES).catch(onlyFaults)
      }
    }
  } catch (thrown) {
    onlyFaults(thrown)
  }
}

function onlyFaultsIn(run: () => void): void {
  try {
    run()
  } catch (thrown) {
    onlyFaults(thrown)
  }
}

function onlyFaults(thrown: unknown): void {
  if (!(thrown instanceof DiskFault)) throw thrown
}

/** Gives a GPT the checksums that it would have: what lies behind them is to be tried. */
function sealGpt(disk: Uint8Array): void {
  for (const at of [512, 4096]) {
    if (Buffer.from(disk.subarray(at, at + 8)).toString('latin1') !== 'EFI PART') continue
    const view = new DataView(disk.buffer, at, 512)
    const table = view.getUint32(72, true) * at
    const length = view.getUint32(80, true) * view.getUint32(84, true)
    if (length <= 1 << 20) view.setUint32(88, crc32(disk.subarray(table, table + length)), true)
    view.setUint32(16, 0, true)
    view.setUint32(16, crc32(disk.subarray(at, at + Math.min(view.getUint32(12, true), 512))), true)
  }
}
