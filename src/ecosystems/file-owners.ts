import type { OwnedPaths, ScannedFile } from './file-analysis.ts'

/**
 * Which operating system package installed a file, whatever kind of file: asked on hosts for the programs and libraries
 * that run. (Ownership of language packages is part of an analysis: it is needed for every image.)
 */
export interface FileOwners {
  readonly limitBytes: number
  /** Asked for every file below the package databases: string checks only. */
  wants(path: string): boolean
  /** Those of the asked paths (relative, as the database writes them) that the file names. What is unreadable is passed by: the analyzer of the file reports it. */
  owned(file: ScannedFile, isAsked: (path: string) => boolean): readonly OwnedPaths[]
}
