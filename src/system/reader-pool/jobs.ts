import type { Digest } from '../../domain/ids.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { ImageLimits } from '../../inventory/limits.ts'

/** A file that one analyzer must not see again, and the problem that stands for it. */
export interface LeftOut {
  readonly analyzer: string
  readonly problem: InventoryProblem
}

interface Careful {
  readonly leftOut: readonly LeftOut[]
  /** Whether the reader tells each file before it reads it: after one has ended, to learn over which. */
  readonly isCareful: boolean
}

/** What a reader is told to do. Its parent is believed: these are not checked again. */
export type ReaderJob =
  | (Careful & { readonly is: 'layer'; readonly blob: Digest; readonly limits: ImageLimits })
  /** Files and open files follow, each with a number that its result has. (file-frames.ts) */
  | (Careful & { readonly is: 'files' })
  | (Careful & { readonly is: 'disk'; readonly sizeBytes: number; readonly blockBytes: number; readonly blocksTotal: number }) // prettier-ignore
  | { readonly is: 'sbom'; readonly path: string }
  | { readonly is: 'vex'; readonly path: string }
