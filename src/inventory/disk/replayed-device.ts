import type { BlockDevice } from './block-device.ts'

/** A device as it would be after the kernel's recovery, which is done in memory. */
export interface ReplayedDevice {
  readonly device: BlockDevice
  /** For people. */
  readonly note: string | null
  /** Why changes may be missing. */
  readonly problem: string | null
}
