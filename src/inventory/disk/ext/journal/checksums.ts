import { crc32c } from '../../../../base/crc32c.ts'

/** CRC-32C as the kernel passes it on: neither the beginning nor the result is inverted. (Linux lib/crc32c) */
export function rawCrc32c(before: number, bytes: Uint8Array): number {
  return ~crc32c(bytes, ~before) >>> 0
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1
  return crc >>> 0
})

/** CRC-32 from the highest bit on, not inverted: `crc32_be` of Linux, of which the first checksums of journals are. */
export function crc32HighFirst(before: number, bytes: Uint8Array): number {
  let crc = before
  for (const byte of bytes) crc = (crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)
  return crc >>> 0
}
