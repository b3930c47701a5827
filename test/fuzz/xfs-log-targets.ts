import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { crc32c } from '../../src/base/crc32c.ts'
import { readXfsSuperblock } from '../../src/inventory/disk/xfs/superblock.ts'
import { SparseImage } from '../support/sparse-image.ts'
import type { FuzzTarget } from './target.ts'
import { onlyFaults, readEverything } from './xfs-targets.ts'

const TESTDATA = join(import.meta.dirname, '../../src/inventory/disk/xfs/testdata')
const SECTOR_BYTES = 512
const PATCH_BYTES = 8
const MOST_PATCHES = 100
const RECORD_MAGIC = 0xfeed_babe
const AT = { length: 12, crc: 32, size: 320 }
const HEADER_BYTES = 328

/** Logs of XFS that are damaged behind their checksums: records, operations, items. What is in a log is then read as files. */
export async function xfsLogTargets(): Promise<readonly FuzzTarget[]> {
  return Promise.all(
    ['packages', 'reuse'].map(async name => {
      const packed = new Uint8Array(gunzipSync(await readFile(join(TESTDATA, `dirty-${name}.sectors.gz`))))
      const whole = new SparseImage(packed)
      const log = (await readXfsSuperblock(whole))?.log
      if (log === null || log === undefined) throw new Error('the sample has no log')
      const [from, until] = [log.offset / SECTOR_BYTES, (log.offset + log.sizeBytes) / SECTOR_BYTES]
      const sectors = [...whole.sectors.keys()].filter(number => number >= from && number < until).sort((a, b) => a - b)
      const headers = sectors.filter(
        number => Buffer.from(whole.sectors.get(number) ?? []).readUInt32BE(0) === RECORD_MAGIC,
      )
      return {
        name: `disk xfs log ${name}`,
        seeds: [Uint8Array.from({ length: 6 * PATCH_BYTES }, (_, at) => (at * 89) % 256), new Uint8Array(PATCH_BYTES)],
        unitInputs: 20,
        async run(input: Uint8Array): Promise<void> {
          const image = new SparseImage(packed)
          damage(image, sectors, headers, input)
          for (const header of headers) seal(image, header)
          await readEverything(image).catch(onlyFaults)
        },
      }
    }),
  )
}

/** One patch: a block (2 bytes), a place in it (2), how (1), what (3). Words of four bytes are where items and operations begin. */
function damage(image: SparseImage, sectors: readonly number[], headers: readonly number[], input: Uint8Array): void {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  for (let at = 0; at + PATCH_BYTES <= Math.min(input.byteLength, MOST_PATCHES * PATCH_BYTES); at += PATCH_BYTES) {
    const how = view.getUint8(at + 4)
    const among = how % 8 === 0 ? headers : sectors
    const sector = among[view.getUint16(at) % among.length] ?? 0
    const word = (view.getUint16(at + 2) % 128) * 4
    // The round of a block is its first word, which damage would make the end of the log.
    const place = how % 8 === 0 ? word : Math.max(4, word)
    image.write(sector * SECTOR_BYTES + place + (how % 4), input.subarray(at + 5, at + 6 + (how % 3)))
  }
}

/** Gives a record the checksum that it would have: what lies behind it is to be tried, not the checksum. */
function seal(image: SparseImage, sector: number): void {
  const header = Buffer.from(image.bytes(sector * SECTOR_BYTES, SECTOR_BYTES))
  const headers = Math.min(8, Math.max(1, Math.ceil(header.readUInt32BE(AT.size) / 32_768)))
  const contentAt = (sector + headers) * SECTOR_BYTES
  const length = Math.min(header.readUInt32BE(AT.length), 256 * 1024, Math.max(0, image.sizeBytes - contentAt))
  header.fill(0, AT.crc, AT.crc + 4)
  let crc = crc32c(header.subarray(0, HEADER_BYTES))
  for (let index = 1; index < headers; index += 1) crc = crc32c(image.bytes((sector + index) * SECTOR_BYTES, 260), crc)
  header.writeUInt32LE(crc32c(image.bytes(contentAt, length), crc), AT.crc)
  image.write(sector * SECTOR_BYTES + AT.crc, header.subarray(AT.crc, AT.crc + 4))
}
