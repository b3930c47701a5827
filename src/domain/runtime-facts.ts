/** A socket on which a process of the machine waits for others. Addresses as the kernel writes them out. */
export interface ListeningSocket {
  readonly protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6'
  /** `0.0.0.0`, `127.0.0.1`, `::` */
  readonly address: string
  readonly port: number
  /** Path of the program, without a leading slash; `null` where the process could not be looked at. */
  readonly program: string | null
  /** Operating system package that the program belongs to; `null` where none says so. */
  readonly package: string | null
}

/** An operating system package of which running processes have files loaded. */
export interface LoadedPackage {
  readonly name: string
  /** Its loaded files, without a leading slash, sorted; the first of them when there are many. */
  readonly files: readonly string[]
}

/**
 * What runs on a machine: paths and package names only, no arguments, environment, users or process ids. Kept with the
 * resource as the basis of runtime reachability. (inspector-behaviour §5)
 */
export interface RuntimeFacts {
  readonly listening: readonly ListeningSocket[]
  readonly loaded: readonly LoadedPackage[]
  /** Loaded files that belong to no operating system package, without a leading slash, sorted. */
  readonly unowned: readonly string[]
  /** Why something may be missing, as constants that can be counted, sorted: `processes-not-readable`. */
  readonly gaps: readonly string[]
}

/** Most entries of each list, here and on the wire; more are cut and named in `gaps`. Chosen by us. */
export const RUNTIME_LIMITS = {
  sockets: 2_000,
  packages: 5_000,
  filesPerPackage: 20,
  unownedFiles: 2_000,
  pathCharacters: 4_096,
} as const
