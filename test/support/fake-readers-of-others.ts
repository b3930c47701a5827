import { fakeEcosystems } from './fake-ecosystems.ts'

/** Analyzers that differ from those of `bad-analyzers.ts`: what a reader loads after the program was changed on the disk. */
export const ECOSYSTEMS = fakeEcosystems
