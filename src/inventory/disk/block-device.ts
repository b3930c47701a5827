/** A disk, a partition or a volume, read and never written. */
export interface BlockDevice {
  readonly sizeBytes: number
  /**
   * Exactly `length` bytes from `offset`. May be a view of cached bytes: copy what is kept, and never write to it.
   * Throws a `DiskFault`: `malformed` where the range leaves the device, `unreadable` where the bytes cannot be had.
   */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Where a disk's blocks come from: a file, an EBS snapshot. Asked for each block about once; `cachedDevice` keeps them. */
export interface BlockSource {
  readonly sizeBytes: number
  /** Bytes per block, a power of two; the last block may be shorter. */
  readonly blockBytes: number
  /** Blocks that hold data: the whole of what could be read. A source that cannot tell says how many blocks there are. */
  readonly blocksTotal: number
  /** The block's bytes; `null` for one that was never written, which reads as zeros and costs nothing. */
  readBlock(index: number): Promise<Uint8Array | null>
  close(): Promise<void>
}

/** How much of a disk was fetched. */
export interface BlockUsage {
  readonly blockBytes: number
  /** Different blocks that were fetched; one that was fetched twice counts once. */
  readonly blocksRead: number
  readonly blocksTotal: number
}

export type DiskFaultReason = 'malformed' | 'unsupported' | 'limit-exceeded' | 'unreadable'

/** What a reader of disks cannot read, and why: `unsupported` names the feature, `malformed` what is wrong and where. */
export class DiskFault extends Error {
  readonly reason: DiskFaultReason

  constructor(reason: DiskFaultReason, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.name = 'DiskFault'
    this.reason = reason
  }
}

/** A part of a device as a device of its own. A part that reaches beyond the device ends where the device ends. */
export function deviceSlice(device: BlockDevice, offset: number, sizeBytes: number): BlockDevice {
  const size = Math.max(0, Math.min(sizeBytes, device.sizeBytes - offset))
  return {
    sizeBytes: size,
    async read(at, length) {
      assertWithin(at, length, size)
      return device.read(offset + at, length)
    },
  }
}

/** Throws where a range does not lie within a device. */
export function assertWithin(offset: number, length: number, sizeBytes: number): void {
  if (offset >= 0 && length >= 0 && offset + length <= sizeBytes) return
  throw new DiskFault('malformed', `${length} bytes at ${offset} lie outside the ${sizeBytes} bytes of the device`)
}
