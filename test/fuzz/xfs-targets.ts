import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { crc32c } from '../../src/base/crc32c.ts'
import { DiskFault } from '../../src/inventory/disk/block-device.ts'
import { diskTree } from '../../src/inventory/disk/disk-tree.ts'
import { openXfs } from '../../src/inventory/disk/xfs/file-system.ts'
import { SparseImage } from '../support/sparse-image.ts'
import type { FuzzTarget } from './target.ts'

const TESTDATA = join(import.meta.dirname, '../../src/inventory/disk/xfs/testdata')
/** Files that are read of one input, and bytes of each: a damaged inode may claim any size. */
const MOST_FILES = 2000
const MOST_FILE_BYTES = 64 * 1024
const MOST_ENTRIES = 20_000
const SECTOR_BYTES = 512

/** Beginnings of sectors with structures in them: superblock, inodes, extents, directories. */
const STRUCTURES = ['XFSB', 'IN', 'BMAP', 'BMA3', 'XD2B', 'XD2D', 'XDB3', 'XDD3', 'XSLM']
/** Sectors behind the first one of a structure that belong to it: directory blocks of the samples have 4096 bytes. */
const SECTORS_OF_BLOCK = 8
const PATCH_BYTES = 8
const MOST_PATCHES = 200

/**
 * XFS images that are damaged where it matters: the input is a list of places in structures and of what to write there.
 * Damage anywhere in the bytes of an image would mostly hit the content of files. Each image is walked and read.
 */
export async function xfsTargets(): Promise<readonly FuzzTarget[]> {
  return Promise.all(
    ['version-4', 'version-5'].map(async version => {
      const packed = new Uint8Array(gunzipSync(await readFile(join(TESTDATA, `${version}.sectors.gz`))))
      const structures = structuresOf(new SparseImage(packed))
      return {
        name: `disk xfs ${version}`,
        seeds: [Uint8Array.from({ length: 10 * PATCH_BYTES }, (_, at) => (at * 97) % 256), new Uint8Array(PATCH_BYTES)],
        async run(input: Uint8Array): Promise<void> {
          const image = new SparseImage(packed)
          damage(image, structures, input)
          sealInodes(image)
          await readEverything(image).catch(onlyFaults)
        },
      }
    }),
  )
}

function structuresOf(image: SparseImage): readonly number[] {
  const sectors = new Set<number>()
  for (const [number, bytes] of image.sectors) {
    const text = Buffer.from(bytes.subarray(0, 4)).toString('latin1')
    if (!STRUCTURES.some(magic => text.startsWith(magic))) continue
    const isBlock = /^(?:X[DS][^F]|BMA)/.test(text)
    for (let behind = 0; behind < (isBlock ? SECTORS_OF_BLOCK : 1); behind += 1) sectors.add(number + behind)
  }
  return [...sectors].sort((a, b) => a - b)
}

/** One patch: a structure (2 bytes), a place in it (2), how many of the bytes that follow are written (1), those (3); or a copy of another structure. */
function damage(image: SparseImage, structures: readonly number[], input: Uint8Array): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  for (let at = 0; at + PATCH_BYTES <= Math.min(input.byteLength, MOST_PATCHES * PATCH_BYTES); at += PATCH_BYTES) {
    const sector = structures[view.getUint16(at) % structures.length] ?? 0
    const how = view.getUint8(at + 4)
    if (how >= 240) {
      const other = structures[view.getUint16(at + 5) % structures.length] ?? 0
      image.write(sector * SECTOR_BYTES, image.bytes(other * SECTOR_BYTES, SECTOR_BYTES))
      continue
    }
    // Half of the places lie in the header of an inode, where most of what matters is.
    const place = view.getUint16(at + 2) % (how % 2 === 0 ? SECTOR_BYTES - 3 : 200)
    image.write(sector * SECTOR_BYTES + place, input.subarray(at + 5, at + 5 + 1 + (how % 3)))
  }
}

/** Walks and reads what an image claims to hold, within bounds. */
export async function readEverything(image: SparseImage): Promise<void> {
  const fileSystem = await openXfs(image)
  if (fileSystem === null) return
  const tree = diskTree([{ path: '', fileSystem }])
  let [files, entries] = [0, 0]
  for await (const { path, kind } of tree.walk(() => undefined)) {
    entries += 1
    if (entries > MOST_ENTRIES) return
    if (path === '' || path.startsWith('/') || path.includes('\0')) throw new Error(`a path that cannot be: ${path}`)
    if (kind !== 'file' && kind !== 'symlink') continue
    files += 1
    if (files > MOST_FILES) continue
    const file = await tree.open(path)
    if (!file.ok) continue
    const from = Math.max(0, file.value.sizeBytes - MOST_FILE_BYTES)
    await file.value.read(0, MOST_FILE_BYTES).catch(onlyFaults)
    await file.value.read(from, MOST_FILE_BYTES).catch(onlyFaults)
  }
}

/** Passes over what the reader says is wrong. */
export function onlyFaults(thrown: unknown): void {
  if (!(thrown instanceof DiskFault)) throw thrown
}

/** Gives inodes of version 5 the checksum that they would have: what lies behind it is to be tried, not the checksum. */
function sealInodes(image: SparseImage): void {
  for (const bytes of image.sectors.values()) {
    if (bytes[0] !== 0x49 || bytes[1] !== 0x4e || bytes[4] !== 3) continue
    const view = new DataView(bytes.buffer, bytes.byteOffset, SECTOR_BYTES)
    view.setUint32(100, 0)
    view.setUint32(100, crc32c(bytes), true)
  }
}
