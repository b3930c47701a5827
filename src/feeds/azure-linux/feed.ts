import type { Feed } from '../feed.ts'
import type { RpmEcosystem } from '../oval-affected.ts'
import { loadOvalPart } from '../oval-part.ts'
import { AZURE_LINUX_FEED, azureLinuxAdvisories } from './parse.ts'

/** Microsoft's repository of definitions, on its main branch. (matching-and-feeds §1.1) */
export const AZURE_LINUX_UPSTREAM = 'https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main'

/** Parts, as os-release names the release, and the file of each. */
const RELEASES: Readonly<Record<string, { readonly id: string; readonly versionId: string; readonly path: string }>> = {
  'azurelinux-3': { id: 'azurelinux', versionId: '3.0', path: 'azurelinux-3.0-oval.xml' },
  'mariner-2': { id: 'mariner', versionId: '2.0', path: 'cbl-mariner-2.0-oval.xml' },
}

/** Raise when the same file would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/**
 * Microsoft's own word on its source packages: fixed, affected without a fix, not applicable. OVAL rather than the OSV
 * records beside it, which leave out what is not applicable and what has no fix.
 */
export function azureLinuxFeed(ecosystem: RpmEcosystem): Feed {
  return {
    id: AZURE_LINUX_FEED,
    title: 'Azure Linux 3 and CBL-Mariner 2: state of every flaw, as OVAL definitions',
    licence: 'MIT',
    parts: Object.keys(RELEASES),
    // A mirror need not hold both.
    mayLackParts: true,
    load: (files, part, validator) => {
      const { id, versionId, path } = RELEASES[part] ?? { id: '', versionId: '', path: part }
      const release = { id, versionId, codename: null, prettyName: null }
      return loadOvalPart(files, { part, paths: [path], revision: PARSER_REVISION }, validator, (document, skips) =>
        azureLinuxAdvisories(document, release, ecosystem, skips),
      )
    },
  }
}
