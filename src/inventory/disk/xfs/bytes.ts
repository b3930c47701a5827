import { crc32c } from '../../../base/crc32c.ts'
import { viewOf } from '../bytes.ts'

/** A 64-bit number, its greatest byte first as XFS writes all but its checksums. Above 2^53 it is not exact, but still greater than everything that a file system on a device can hold. */
export function u64(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
}

const ZEROS = new Uint8Array(4)

/** Whether bytes agree with the CRC-32C of themselves that they carry at `at`, which counts as zeros. */
export function hasChecksum(bytes: Uint8Array, at: number): boolean {
  const crc = crc32c(bytes.subarray(at + 4), crc32c(ZEROS, crc32c(bytes.subarray(0, at))))
  return viewOf(bytes).getUint32(at, true) === crc
}

/** Gives bytes the checksum that `hasChecksum` looks for. */
export function setChecksum(bytes: Uint8Array, at: number): void {
  bytes.fill(0, at, at + 4)
  viewOf(bytes).setUint32(at, crc32c(bytes), true)
}
