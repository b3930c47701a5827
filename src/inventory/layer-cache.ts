import type { FileAnalysis } from '../ecosystems/ecosystem.ts'
import type { Digest } from '../domain/ids.ts'
import type { InventoryProblem } from '../domain/inventory.ts'

/** What reading one layer yielded: a pure function of its diffID and the analyzers' revisions. */
export interface LayerRecord {
  readonly diffId: Digest
  /** Name of the set of analyzers and their revisions that read it. */
  readonly revision: string
  /** Files that analyzers wanted, with what they say, in path order. */
  readonly files: readonly { readonly path: string; readonly analyzer: string; readonly analysis: FileAnalysis }[]
  /** Paths whose lower copies this layer deletes (`.wh.`), and directories whose lower content it hides (opaque). */
  readonly whiteouts: readonly string[]
  readonly opaqueDirectories: readonly string[]
  /** Paths that this layer holds as something that hides a lower file or tree: a wanted file replaced by a directory or link, a directory by a file. */
  readonly replaced: readonly string[]
  readonly problems: readonly InventoryProblem[]
}

/** Layers that were read before, whatever image they came with. Losing an entry costs time, never correctness. */
export interface LayerCache {
  get(diffId: Digest, revision: string): Promise<LayerRecord | null>
  put(record: LayerRecord): Promise<void>
}
