import type { Result } from '../../base/result.ts'

/** Told what could not be followed; `reason` is a constant, `malformed-package-database` when it is left out. */
export type OnDatabaseProblem = (detail: string, reason?: string) => void

/**
 * Finds the package headers in the bytes of a database; fails when the bytes are no such database. What cannot be
 * followed inside it is told, and the headers around it still come. Every reader hands out no more bytes than the file
 * has, whatever the pointers in it say.
 */
export type ReadHeaderBlobs = (bytes: Uint8Array, onProblem: OnDatabaseProblem) => Result<Iterable<Uint8Array>, string>
