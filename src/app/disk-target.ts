import { err, type Result } from '../base/result.ts'
import type { BlockSource } from '../inventory/disk/block-device.ts'
import type { ReadDisk } from '../inventory/disk/disk-inventory.ts'
import type { ReadDiskOptions, Readers } from '../inventory/readers.ts'
import { openBlockFile } from '../system/block-file.ts'

export interface DiskTargetOptions extends ReadDiskOptions {
  readonly readers: Readers
}

/** A raw image of a disk, or a block device of this machine. */
export async function readDiskFile(path: string, options: DiskTargetOptions): Promise<Result<ReadDisk, string>> {
  const source = await openBlockFile(path)
  if (!source.ok) return err(`Cannot read ${path}: ${source.error}.`)
  try {
    return await readDiskSource(source.value, path, options)
  } finally {
    await source.value.close()
  }
}

/** Any source of a disk's blocks; the caller closes it. The error is one sentence with what and where. */
export async function readDiskSource(
  source: BlockSource,
  what: string,
  { readers, ...options }: DiskTargetOptions,
): Promise<Result<ReadDisk, string>> {
  const reader = readers.begin()
  try {
    const read = await reader.readDisk(source, options)
    return read.ok ? read : err(`Cannot read ${what}: ${read.error}.`)
  } finally {
    reader.close()
  }
}
