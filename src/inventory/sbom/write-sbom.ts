import { assertNever } from '../../base/assert-never.ts'
import type { SbomToWrite } from './sbom-to-write.ts'
import { writeCycloneDx } from './write-cyclonedx.ts'
import { writeSpdx } from './write-spdx.ts'

/** Formats that are written. The first is written where none is asked for. */
export const SBOM_FORMATS = ['cyclonedx-1.5', 'cyclonedx-1.4', 'spdx-2.3'] as const
export type SbomFormat = (typeof SBOM_FORMATS)[number]

/** The text of an SBOM; equal values give equal text. `readSbom` gives the same inventory back. */
export function writeSbom(format: SbomFormat, sbom: SbomToWrite): string {
  switch (format) {
    case 'cyclonedx-1.5':
      return writeCycloneDx('1.5', sbom)
    case 'cyclonedx-1.4':
      return writeCycloneDx('1.4', sbom)
    case 'spdx-2.3':
      return writeSpdx(sbom)
    default:
      return assertNever(format)
  }
}
