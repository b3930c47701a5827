import { DiskFault } from './block-device.ts'

/** A view for reading numbers of on-disk structures. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Bytes that may be kept and written to: `slice` of what Node reads (`Buffer`) is a view of the same bytes. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** A number of two halves that need not lie together. One beyond 2^53 is none that a disk could hold. */
export function wideNumber(high: number, low: number, what: string): number {
  const value = high * 2 ** 32 + low
  if (Number.isSafeInteger(value)) return value
  throw new DiskFault('malformed', `${what} is ${BigInt(high) * 2n ** 32n + BigInt(low)}`)
}

/** A little-endian 64-bit number. */
export function readWide(view: DataView, at: number, what: string): number {
  return wideNumber(view.getUint32(at + 4, true), view.getUint32(at, true), what)
}

/** Sixteen bytes in the order of RFC 9562, e.g. `0fc63daf-8483-4772-8e79-3d69d8477de4`. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes.subarray(0, 16), byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The bytes before the first NUL, or all of them. */
export function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}
