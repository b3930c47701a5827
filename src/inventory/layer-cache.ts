import type { FileAnalysis } from '../ecosystems/ecosystem.ts'
import type { Digest } from '../domain/ids.ts'
import type { InventoryProblem } from '../domain/inventory.ts'

/** What reading one layer yielded: a pure function of its blob and the analyzers' revisions. */
export interface LayerRecord {
  /**
   * The blob that it was read from, as its verified digest says. It counts for no other: whoever makes a reader lie about
   * one blob has said nothing about those of other images. DiffIDs name layers, and are nowhere trusted. (decisions/0040)
   */
  readonly blob: Digest
  /** Name of the set of analyzers and their revisions that read it. */
  readonly revision: string
  /** Files that analyzers wanted, with what they say, in path order. */
  readonly files: readonly { readonly path: string; readonly analyzer: string; readonly analysis: FileAnalysis }[]
  /** Paths whose lower copies this layer deletes (`.wh.`), and directories whose lower content it hides (opaque). */
  readonly whiteouts: readonly string[]
  readonly opaqueDirectories: readonly string[]
  /**
   * Everything in this layer that is not a directory, and so hides a lower file or tree of the same path: pairs of a
   * directory and the names in it, joined with `/` (which no name can hold), in directory order.
   */
  readonly nonDirectories: readonly (readonly [directory: string, names: string])[]
  /** Empty directories, and those at paths that analyzers want: a lower file of the path, or of one above, is hidden. */
  readonly directoriesWanted: readonly string[]
  /** Symlinks at paths that analyzers of operating systems want, e.g. `etc/os-release`, with the path they lead to. */
  readonly links: readonly { readonly path: string; readonly analyzer: string; readonly target: string }[]
  /** Problems of the layer as a whole; those of one file are in its analysis, and go when the file is replaced. */
  readonly problems: readonly InventoryProblem[]
}

/** Layers that were read before, whatever image they came with. Losing an entry costs time, never correctness. */
export interface LayerCache {
  get(blob: Digest, revision: string): Promise<LayerRecord | null>
  put(record: LayerRecord): Promise<void>
}
