const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

/** What an image may cost at most. Every limit that is passed ends the reading with `limit-exceeded` and its name. */
export interface ImageLimits {
  /** Bytes of a manifest or index. */
  readonly manifestBytes: number
  /** Bytes of an image configuration. */
  readonly configBytes: number
  readonly layersPerImage: number
  readonly manifestsPerIndex: number
  /** Indexes within indexes; a plain multi-arch image has one. */
  readonly indexDepth: number
  readonly compressedLayerBytes: number
  readonly uncompressedLayerBytes: number
  /** Inflated bytes per compressed byte, looked at once `inflateRatioFloorBytes` have come out. */
  readonly inflateRatio: number
  readonly inflateRatioFloorBytes: number
  readonly entriesPerLayer: number
  /** Characters of all paths of one layer together. */
  readonly pathCharactersPerLayer: number
  /** Characters of one path; a longer one costs that entry. */
  readonly pathCharacters: number
  /** Bytes of one extended tar header (PAX record block, GNU long name). */
  readonly tarHeaderBytes: number
  /** Bytes of wanted files of one layer that are handed to analyzers. */
  readonly analyzedBytesPerLayer: number
  /** Bytes of wanted files of one layer that stay in memory for later hard links to them. */
  readonly retainedBytesPerLayer: number
  readonly problemsPerLayer: number
  readonly layerTimeoutMs: number
}

/** Each default with its reason. Chosen by us unless a source is given. */
export const DEFAULT_IMAGE_LIMITS: ImageLimits = {
  // What registries accept: distribution and containerd both stop at 4 MiB.
  manifestBytes: 4 * MIB,
  // containerd's limit for a configuration; histories of hundreds of steps stay below 1 MiB.
  configBytes: 8 * MIB,
  // Overlay file systems mount at most 127 or 500 layers, so no image with more can run.
  layersPerImage: 512,
  // The largest official multi-arch indexes list about 30 manifests, attestations included.
  manifestsPerIndex: 512,
  // Nested indexes exist; more than three levels have not been seen.
  indexDepth: 4,
  // Model-serving images reach tens of gigabytes in one layer.
  compressedLayerBytes: 64 * GIB,
  uncompressedLayerBytes: 64 * GIB,
  // Software inflates 2 to 6 times; deflate itself cannot pass 1032, which only long runs of one byte reach.
  inflateRatio: 300,
  // Below this a bomb costs less than an ordinary layer, and files of zeros are legitimate.
  inflateRatioFloorBytes: 256 * MIB,
  // Large machine-learning layers hold 300,000 entries.
  entriesPerLayer: 1_000_000,
  pathCharactersPerLayer: 128 * MIB,
  // PATH_MAX of Linux: a longer path cannot be opened in a container.
  pathCharacters: 4096,
  // Go's archive/tar, which container runtimes read layers with, stops at 1 MiB.
  tarHeaderBytes: MIB,
  analyzedBytesPerLayer: 2 * GIB,
  // Package managers that hard-link (pnpm) link files of some kilobytes.
  retainedBytesPerLayer: 32 * MIB,
  // Enough to see a pattern; the rest is counted in one more problem.
  problemsPerLayer: 1000,
  // 64 GiB at the slowest measured inflate rate take under ten minutes; the rest is for a slow network.
  layerTimeoutMs: 60 * 60 * 1000,
}

/** What reading one executable or archive may ask for; sizes are bounds of each `ContentAnalyzer`. Chosen by us. */
export const CONTENT_LIMITS = {
  // The archive with the most members that are read (all of a distribution's POMs in one jar) has some thousands.
  requestsPerFile: 200_000,
  // Segments of an executable that hold no code: compilers make two to six.
  heldRanges: 64,
  // Twice the largest archive: each of its bytes is wanted once, and its directory a second time.
  readBytesPerFile: GIB,
} as const
