import { assertWithin } from '../../src/inventory/disk/block-device.ts'
import type { BlockDevice } from '../../src/inventory/disk/block-device.ts'

/** Bytes as a device; what is changed in them later is seen. */
export function memoryDevice(bytes: Uint8Array): BlockDevice {
  return {
    sizeBytes: bytes.byteLength,
    async read(offset, length) {
      assertWithin(offset, length, bytes.byteLength)
      return bytes.subarray(offset, offset + length)
    },
  }
}
