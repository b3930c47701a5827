const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

type LimitUnit = 'bytes' | 'characters' | 'entries' | 'times' | 'levels' | 'ms'

/** One limit of what is read. */
export interface Limit {
  readonly value: number
  readonly unit: LimitUnit
  /** What is bounded. */
  readonly of: string
  /** Why here and no sooner or later; chosen by us unless it names a source. */
  readonly because: string
}

type LimitTable = Readonly<Record<string, Limit>>
type ValuesOf<T extends LimitTable> = { readonly [name in keyof T]: number }

/**
 * What an image may cost at most. Passing one ends the reading of the image with `limit-exceeded` and its name, except
 * where the text says that it costs one entry.
 */
const IMAGE = {
  manifestBytes: {
    value: 4 * MIB,
    unit: 'bytes',
    of: 'a manifest or index',
    because: 'Registries accept no more: distribution and containerd both stop here.',
  },
  configBytes: {
    value: 8 * MIB,
    unit: 'bytes',
    of: 'an image configuration',
    because: "containerd's limit; histories of hundreds of steps stay below 1 MiB.",
  },
  layersPerImage: {
    value: 512,
    unit: 'entries',
    of: 'layers of an image',
    because: 'Overlay file systems mount at most 127 or 500 layers, so no image with more can run.',
  },
  manifestsPerIndex: {
    value: 512,
    unit: 'entries',
    of: 'manifests behind an index, at every depth',
    because: 'The largest official multi-arch indexes list about 30, attestations included.',
  },
  indexDepth: {
    value: 4,
    unit: 'levels',
    of: 'indexes within indexes; a plain multi-arch image has one',
    because: 'Nested indexes exist; more than three levels have not been seen.',
  },
  compressedLayerBytes: {
    value: 64 * GIB,
    unit: 'bytes',
    of: 'a layer as it is stored',
    because: 'Model-serving images reach tens of gigabytes in one layer.',
  },
  uncompressedLayerBytes: {
    value: 64 * GIB,
    unit: 'bytes',
    of: 'a layer when inflated',
    because: 'Model-serving images reach tens of gigabytes in one layer.',
  },
  inflateRatio: {
    value: 300,
    unit: 'times',
    of: 'inflated to compressed bytes of a layer, once `inflateRatioFloorBytes` have come out',
    because: 'Software inflates 2 to 6 times; deflate cannot pass 1032, which only long runs of one byte reach.',
  },
  inflateRatioFloorBytes: {
    value: 256 * MIB,
    unit: 'bytes',
    of: 'a layer when inflated, from which on `inflateRatio` is looked at',
    because: 'Below this a bomb costs less than an ordinary layer, and files of zeros are legitimate.',
  },
  entriesPerLayer: {
    value: 1_000_000,
    unit: 'entries',
    of: 'files and directories of a layer',
    because: 'Large machine-learning layers hold 300,000.',
  },
  pathCharactersPerLayer: {
    value: 128 * MIB,
    unit: 'characters',
    of: 'all paths of a layer together',
    because: 'Paths stay in memory until the layer is read.',
  },
  pathCharacters: {
    value: 4096,
    unit: 'characters',
    of: 'one path; a longer one costs that entry',
    because: 'PATH_MAX of Linux: a longer path cannot be opened in a container.',
  },
  pathParts: {
    value: 256,
    unit: 'levels',
    of: 'directories in one path; a deeper one costs that entry',
    because: 'Deeper trees are attacks on whoever walks up them; real ones stay below 60 parts.',
  },
  tarHeaderBytes: {
    value: MIB,
    unit: 'bytes',
    of: 'an extended tar header (PAX records, GNU long name)',
    because: "Go's archive/tar, which container runtimes read layers with, stops here.",
  },
  analyzedBytesPerLayer: {
    value: 16 * GIB,
    unit: 'bytes',
    of: 'wanted files of a layer that are handed to analyzers',
    because:
      'Each wanted file has a limit of its own; all of them together, archives that pass included, cost a minute.',
  },
  retainedBytesPerLayer: {
    value: 32 * MIB,
    unit: 'bytes',
    of: 'wanted files of a layer that are kept for later hard links; a link to what is not kept costs that entry',
    because: 'Package managers that hard-link (pnpm) link files of some kilobytes.',
  },
  problemsPerLayer: {
    value: 1000,
    unit: 'entries',
    of: 'problems of a layer that are listed',
    because: 'Enough to see a pattern; the rest is counted in one more problem.',
  },
  layerTimeoutMs: {
    value: 60 * 60 * 1000,
    unit: 'ms',
    of: 'the reading of a layer',
    because: '64 GiB at the slowest measured inflate rate take under ten minutes; the rest is for a slow network.',
  },
} as const satisfies LimitTable

/** Of archives and stores on this machine, which hold images, and of what registries list. */
const IMAGE_SOURCES = {
  archiveEntries: {
    value: 20_000,
    unit: 'entries',
    of: 'files of an image archive (`docker save`)',
    because: 'They hold some files per layer; far more than that is no such archive.',
  },
  archiveLinks: {
    value: 8,
    unit: 'entries',
    of: 'links in an image archive that are followed for one file',
    because: '`docker save` writes a layer that two images share once, and links to it: one is followed.',
  },
  storeListBytes: {
    value: 64 * MIB,
    unit: 'bytes',
    of: 'a list of images or layers of Podman',
    because: 'Lists of a store with thousands of images stay below; each entry takes about a kilobyte.',
  },
  tarSplitLineCharacters: {
    value: 4 * MIB,
    unit: 'characters',
    of: 'a line of the record by which a stored layer is put together again',
    because: 'It holds a header block, extended headers of at most 1 MiB, or 1 MiB of padding, in base64.',
  },
  tokenBytes: {
    value: MIB,
    unit: 'bytes',
    of: 'the answer of a token server',
    because: 'A token travels in a header, and those are far shorter.',
  },
  listPageBytes: {
    value: 16 * MIB,
    unit: 'bytes',
    of: 'a page of names of repositories or tags',
    because: 'A thousand are asked for, but registries that know no pages answer with all.',
  },
  listPages: {
    value: 2000,
    unit: 'entries',
    of: 'pages of names of repositories or tags',
    because: 'A registry that pages forever is reported instead of followed.',
  },
  listNames: {
    value: 200_000,
    unit: 'entries',
    of: 'names of repositories or tags',
    because: 'They stay in memory together.',
  },
  referrerPageBytes: {
    value: 4 * MIB,
    unit: 'bytes',
    of: 'a page of what is attached to an image',
    because: 'What registries may send in one answer: the OCI distribution specification 1.1 names it for manifests.',
  },
  referrerPages: {
    value: 16,
    unit: 'entries',
    of: 'pages of what is attached to an image',
    because: 'A registry that pages forever is reported instead of followed.',
  },
  referrers: {
    value: 1000,
    unit: 'entries',
    of: 'things attached to an image',
    because: 'They are named, not fetched; more than that is of no use to a reader.',
  },
} as const satisfies LimitTable

/** Of directories and hosts as they lie. */
const ROOT = {
  problems: {
    value: 1000,
    unit: 'entries',
    of: 'problems of a directory or host that are listed',
    because: 'Enough to see a pattern; the rest is counted in one more problem.',
  },
} as const satisfies LimitTable

/** What reading one executable or archive may ask for; sizes are bounds of each `ContentAnalyzer`. */
const CONTENT = {
  requestsPerFile: {
    value: 200_000,
    unit: 'entries',
    of: 'pieces of one executable or archive that are asked for',
    because:
      'The archive with the most members that are read (all POMs of a distribution in one jar) has some thousands.',
  },
  heldRanges: {
    value: 64,
    unit: 'entries',
    of: 'parts of an executable that are kept while it streams by',
    because: 'Segments that hold no code: compilers make two to six.',
  },
  readBytesPerFile: {
    value: 2 * GIB,
    unit: 'bytes',
    of: 'one executable or archive that are looked at',
    because: 'Twice the largest archive: each of its bytes is wanted once, and some a second time for a checksum.',
  },
} as const satisfies LimitTable

/** What a disk may cost at most. Passing one ends that step, and is told with its path. */
const DISK = {
  entriesPerDirectory: {
    value: 2_000_000,
    unit: 'entries',
    of: 'one directory: they are in memory together',
    because: 'ext4 without large_dir ends at about ten million; mail spools of one million have been seen.',
  },
  entriesPerTree: {
    value: 50_000_000,
    unit: 'entries',
    of: 'all directories of one tree',
    because: 'Disks of build machines hold some tens of millions of files.',
  },
  directoryDepth: {
    value: 512,
    unit: 'levels',
    of: 'directories below one another; deeper ones are reported, not entered',
    because: 'As for a directory that is scanned where it lies.',
  },
  pathCharacters: {
    value: 4096,
    unit: 'characters',
    of: 'one path; longer ones are reported',
    because: 'PATH_MAX of Linux: a longer path cannot be opened by a process.',
  },
  linkBytes: {
    value: 4096,
    unit: 'bytes',
    of: 'the target of a symbolic link',
    because: 'PATH_MAX again: what symlink(2) accepts.',
  },
  contentBytes: {
    value: 64 * GIB,
    unit: 'bytes',
    of: 'files of one tree that are read',
    because:
      'A hundred times what the packages of a full machine have; a file with a million names may claim far more.',
  },
  journalBlocks: {
    value: 524_288,
    unit: 'entries',
    of: "blocks of a file system's journal that are in use, and blocks that it revokes; with more, it is not replayed",
    because: 'Twice the largest journal that mke2fs makes unasked (1 GiB of 262,144 blocks).',
  },
  xfsLogBytes: {
    value: 2 * GIB,
    unit: 'bytes',
    of: 'the log of an XFS file system that are in use; with more, it is not replayed',
    because: 'XFS_MAX_LOG_BYTES: no log is larger.',
  },
  xfsChangeBytes: {
    value: 256 * MIB,
    unit: 'bytes',
    of: 'changes in the log of an XFS file system that are kept until it is read; with more, it is not replayed',
    because: 'Logs of 64 MiB are the rule; of what they hold, indexes and free space are not kept.',
  },
  xfsRegions: {
    value: 10_000_000,
    unit: 'entries',
    of: 'parts of changes in the log of an XFS file system; with more, it is not replayed',
    because: 'A full log of 2 GiB with regions of 200 bytes, which is less than an inode has.',
  },
  xfsOpenTransactions: {
    value: 10_000,
    unit: 'entries',
    of: 'transactions in the log of an XFS file system that are open at once; with more, it is not replayed',
    because: 'Kernels since 2010 write one after the other; older ones had some hundreds.',
  },
  directoriesAhead: {
    value: 16,
    unit: 'entries',
    of: 'directories that are listed ahead of the walk, so that a slow source answers several at once',
    because: "Enough to hide a network's delay; what is listed ahead lies in memory.",
  },
  rememberedEntries: {
    value: 200_000,
    unit: 'entries',
    of: 'directories that stay in memory for resolving paths',
    because: 'Some tens of megabytes.',
  },
} as const satisfies LimitTable

/** What an SBOM may cost at most. */
const SBOM = {
  bytes: {
    value: 128 * MIB,
    unit: 'bytes',
    of: 'the whole document',
    because: 'Twice the largest seen, of 60 MB.',
  },
  values: {
    value: 6_000_000,
    unit: 'entries',
    of: 'values, or members and items, of a JSON document',
    because: 'A gigabyte of memory at worst.',
  },
  depth: {
    value: 200,
    unit: 'levels',
    of: 'objects and lists, or elements, inside each other',
    because: 'As for every JSON file that is read.',
  },
  components: {
    value: 200_000,
    unit: 'entries',
    of: 'components or packages; what comes after is counted in a problem',
    because: 'Five times the most seen, 40,000.',
  },
  properties: {
    value: 2_000,
    unit: 'entries',
    of: 'properties of one component, and of the document; what comes after is a problem',
    because: 'They are searched for every component.',
  },
  textCharacters: {
    value: 8_192,
    unit: 'characters',
    of: 'one text that is kept',
    because: 'Longer ones are no names, versions or paths.',
  },
} as const satisfies LimitTable

/** What the processes may cost in which the above is read, so that their parent holds nothing that was scanned unread. */
const READERS = {
  fileTimeoutMs: {
    value: 60_000,
    unit: 'ms',
    of: 'the silence of a reader that has all it needs: it then reads one file',
    because: 'The largest package databases take some seconds on a slow machine.',
  },
  startTimeoutMs: {
    value: 30_000,
    unit: 'ms',
    of: 'the start of a reader',
    because: 'It takes 0.1 to 0.5 seconds; a machine that needs far longer is told so.',
  },
  heapBytes: {
    value: 2 * GIB,
    unit: 'bytes',
    of: 'the heap of a reader; passing it costs the file',
    because: 'Twice the most that an SBOM may take.',
  },
  memoryBytes: {
    value: 4 * GIB,
    unit: 'bytes',
    of: 'all memory of a reader, with what lies outside its heap; passing it costs the file',
    because: 'The heap, an archive of 512 MiB and what is inflated of it.',
  },
  processes: {
    value: 8,
    unit: 'entries',
    of: 'readers at once',
    because: 'One per core; more than eight are faster than what feeds them.',
  },
  restartsPerLayer: {
    value: 8,
    unit: 'entries',
    of: 'readers that end while they read one layer, disk or document, after which it counts as unreadable',
    because: 'Each names one more file to leave out; more than a few is an attack.',
  },
  restartsPerTree: {
    value: 100,
    unit: 'entries',
    of: 'readers that end over files of one directory or host, after which each further file is a problem',
    because: 'A host cannot be left unread for a few bad files, nor be read anew for ever.',
  },
  answerBytes: {
    value: 256 * MIB,
    unit: 'bytes',
    of: 'one answer of a reader',
    because: 'What a layer of a million long names comes to; it is taken apart in memory.',
  },
  messageBytes: {
    value: 64 * KIB,
    unit: 'bytes',
    of: 'anything else that a reader says',
    because: 'A path and the name of an analyzer; the place of a piece of a file.',
  },
} as const satisfies LimitTable

/** Every limit of this room, by what it is about. (docs/reference/limits.md is made from it) */
export const INVENTORY_LIMITS = {
  images: IMAGE,
  'image sources': IMAGE_SOURCES,
  'directories and hosts': ROOT,
  'executables and archives': CONTENT,
  disks: DISK,
  SBOMs: SBOM,
  readers: READERS,
} as const satisfies Readonly<Record<string, LimitTable>>

/** What an image may cost at most; see the table for unit and reason of each. */
export type ImageLimits = ValuesOf<typeof IMAGE>
/** What a disk may cost at most; see the table for unit and reason of each. */
export type DiskLimits = ValuesOf<typeof DISK>

export const DEFAULT_IMAGE_LIMITS: ImageLimits = valuesOf(IMAGE)
export const IMAGE_SOURCE_LIMITS: ValuesOf<typeof IMAGE_SOURCES> = valuesOf(IMAGE_SOURCES)
export const ROOT_LIMITS: ValuesOf<typeof ROOT> = valuesOf(ROOT)
export const CONTENT_LIMITS: ValuesOf<typeof CONTENT> = valuesOf(CONTENT)
export const DEFAULT_DISK_LIMITS: DiskLimits = valuesOf(DISK)
/** What a process that reads may cost at most; see the table for unit and reason of each. */
export type ReaderLimits = ValuesOf<typeof READERS>

export const DEFAULT_READER_LIMITS: ReaderLimits = valuesOf(READERS)
export const SBOM_LIMITS: ValuesOf<typeof SBOM> = valuesOf(SBOM)

function valuesOf<T extends LimitTable>(table: T): ValuesOf<T> {
  const pairs = Object.entries(table).map(([name, { value }]) => [name, value])
  // The names are those of the table.
  return Object.fromEntries(pairs) as ValuesOf<T>
}
