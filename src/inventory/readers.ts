import type { Result } from '../base/result.ts'
import type { InventoryProblem } from '../domain/inventory.ts'
import type { ScannedFile } from '../ecosystems/ecosystem.ts'
import type { BlockSource } from './disk/block-device.ts'
import type { ReadDisk } from './disk/disk-inventory.ts'
import type { Pieces, RandomAccess } from './file-tree.ts'
import type { BlobDescriptor } from './image.ts'
import type { LayerRecord } from './layer-cache.ts'
import type { ImageLimits } from './limits.ts'
import type { SbomInventory } from './sbom/read-sbom.ts'
import type { ContentOutcome } from './watched-file.ts'

/** A layer that is to be read. */
export interface LayerInput {
  readonly blob: BlobDescriptor
  /** The blob's bytes as they come. Asked for again when a reader ends over one of its files; throws an `ImageFault`. */
  open(): Promise<Pieces>
}

/**
 * Where the content of what is scanned is parsed: in processes that hold nothing, or, where none can be started, in this
 * one. What comes back has been checked for its form; what it says is as true as its reader.
 */
export interface Readers {
  /** Layers that are worth reading at once. */
  readonly atOnce: number
  /** Begins with one target. Readers that have seen bytes of one target never see those of another. */
  begin(): TargetReader
}

/** Reads one image, directory, disk or document. Its caller closes it, whatever happened. */
export interface TargetReader {
  /**
   * What one layer holds. Throws an `ImageFault`, also when its reader ended more often than may be; the signal's reason
   * when it was aborted.
   */
  readLayer(input: LayerInput, limits: ImageLimits, signal: AbortSignal): Promise<LayerRecord>
  /** What the analyzers say that want the file by its name. May be called for the next file before the last is answered. */
  readFile(file: ScannedFile): Promise<readonly ContentOutcome[]>
  /** What those analyzers say that recognise the open file; throws what `access` throws. May be called likewise. */
  readContent(access: RandomAccess, path: string): Promise<readonly ContentOutcome[]>
  /** What the trees of a disk hold; the error is one sentence without its subject. Throws what `source` throws, and `DiskFault`s. */
  readDisk(source: BlockSource, options: ReadDiskOptions): Promise<Result<ReadDisk, string>>
  readSbom(bytes: Uint8Array, path: string): Promise<Result<SbomInventory, InventoryProblem>>
  /** Ends what is under way. */
  close(): void
}

export interface ReadDiskOptions {
  readonly progress: (line: string) => void
  readonly signal?: AbortSignal
}
