const KIB = 1024
const MIB = 1024 * KIB

/** What one Java archive may cost at most, beside `ZIP_LIMITS`. Each with its reason; chosen by us unless a source is given. */
export const ARCHIVE_LIMITS = {
  /** Bytes of an archive in a file system or layer; they pass, and little of them is in memory at any time. */
  // Web applications with all their libraries reach 150 MiB; those that carry a model or a whole cluster's client some more.
  fileBytes: 1024 * MIB,
  /** Bytes of an archive that is packed in another: it is inflated into memory. One that is stored as it is passes. */
  nestedBytes: 128 * MIB,
  /** All that is inflated of one file, whatever its size. */
  inflatedBytes: 768 * MIB,
  /** Archives in one another: ear, war, jar, and a jar that brings another along. */
  depth: 5,
  /** Archives in one file, at every depth. The largest applications have some thousand. */
  archives: 10_000,
  /** Descriptions in one file, at every depth. A jar with every POM of a distribution has some thousands. */
  descriptions: 50_000,
  /** Real `pom.properties` have 150 bytes, the longest `pom.xml` some hundred KiB. */
  descriptionBytes: 2 * MIB,
  /** A signed manifest lists each class with its digest. */
  manifestBytes: 32 * MIB,
  /** All that is inflated of one file, as a multiple of its size, and the least that any file is given. */
  inflatedRatio: 20,
  inflatedFloorBytes: 64 * MIB,
} as const
