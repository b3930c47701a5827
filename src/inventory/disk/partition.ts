import type { BlockDevice } from './block-device.ts'

/** One entry of a partition table. */
export interface Partition {
  /** As Linux numbers it: `sda3`. */
  readonly number: number
  /** Lower case; of MBR partitions as Linux makes one up: disk signature and number. `null` where there is none. */
  readonly uuid: string | null
  /** `PARTLABEL`; empty where there is none. */
  readonly label: string
  /** Type GUID in lower case, or `0x83` for the byte of an MBR. */
  readonly type: string
  readonly device: BlockDevice
}

export interface PartitionTable {
  readonly scheme: 'gpt' | 'mbr'
  readonly partitions: readonly Partition[]
  /** What is wrong with the table although it could be read. */
  readonly notes: readonly string[]
}
