const KIB = 1024
const MIB = 1024 * KIB

/** What one Java archive may cost at most, beside `ZIP_LIMITS`. Each with its reason; chosen by us unless a source is given. */
export const ARCHIVE_LIMITS = {
  /** Bytes of an archive in a file system or layer, where it is held in memory while it streams by. */
  // Web applications with all their libraries reach 150 MiB; larger ones carry models or other archives.
  fileBytes: 384 * MIB,
  /** Bytes of an archive in another. */
  nestedBytes: 256 * MIB,
  /** Archives in one another: ear, war, jar, and a jar that brings another along. */
  depth: 5,
  /** Archives in one file, at every depth. The largest applications have some thousand. */
  archives: 10_000,
  /** Real `pom.properties` have 150 bytes, the longest `pom.xml` some hundred KiB. */
  descriptionBytes: 2 * MIB,
  /** A signed manifest lists each class with its digest. */
  manifestBytes: 32 * MIB,
  /** All that is inflated of one file, as a multiple of its size, and the least that any file is given. */
  inflatedRatio: 20,
  inflatedFloorBytes: 64 * MIB,
} as const
