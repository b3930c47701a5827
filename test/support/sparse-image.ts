import type { BlockDevice } from '../../src/inventory/disk/block-device.ts'
import { assertWithin } from '../../src/inventory/disk/block-device.ts'

const SECTOR_BYTES = 512
/** Size of the image in sectors, then for each sector that is not all zeros its number and its bytes. */
const RECORD_BYTES = 4 + SECTOR_BYTES

/** A disk image without its zeros, small enough for a test file. Numbers are big-endian. */
export function packSectors(image: Uint8Array): Uint8Array {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(image.byteLength / SECTOR_BYTES)
  const parts: Uint8Array[] = [size]
  for (let at = 0; at < image.byteLength; at += SECTOR_BYTES) {
    const sector = image.subarray(at, at + SECTOR_BYTES)
    if (sector.every(byte => byte === 0)) continue
    const number = Buffer.alloc(4)
    number.writeUInt32BE(at / SECTOR_BYTES)
    parts.push(number, sector)
  }
  return new Uint8Array(Buffer.concat(parts))
}

/** The image behind `packSectors`, whatever the bytes are: a record that is cut off is none, the last of two counts. */
export class SparseImage implements BlockDevice {
  readonly sizeBytes: number
  readonly sectors = new Map<number, Uint8Array>()

  constructor(packed: Uint8Array) {
    const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
    this.sizeBytes = packed.byteLength < 4 ? 0 : view.getUint32(0) * SECTOR_BYTES
    for (let at = 4; at + RECORD_BYTES <= packed.byteLength; at += RECORD_BYTES) {
      this.sectors.set(view.getUint32(at), Uint8Array.from(packed.subarray(at + 4, at + RECORD_BYTES)))
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.bytes(offset, length)
  }

  bytes(offset: number, length: number): Uint8Array {
    assertWithin(offset, length, this.sizeBytes)
    const found = new Uint8Array(length)
    for (let at = offset - (offset % SECTOR_BYTES); at < offset + length; at += SECTOR_BYTES) {
      const sector = this.sectors.get(at / SECTOR_BYTES)
      if (sector === undefined) continue
      const from = Math.max(0, offset - at)
      found.set(
        sector.subarray(from, from + Math.min(SECTOR_BYTES - from, offset + length - at - from)),
        Math.max(0, at - offset),
      )
    }
    return found
  }

  write(offset: number, bytes: Uint8Array): void {
    for (const [index, byte] of bytes.entries()) {
      const number = Math.floor((offset + index) / SECTOR_BYTES)
      const sector = this.sectors.get(number) ?? new Uint8Array(SECTOR_BYTES)
      sector[(offset + index) % SECTOR_BYTES] = byte
      this.sectors.set(number, sector)
    }
  }
}
