import type { Advisory } from '../../domain/advisory.ts'
import type { Distro } from '../../domain/inventory.ts'
import { affectedPackages, timeOf } from '../oval-affected.ts'
import type { HousedBuilds, RpmEcosystem } from '../oval-affected.ts'
import type { OvalReader } from '../oval-document.ts'
import { definitionsInTurns } from '../oval-part.ts'
import { OvalStatements } from '../oval-statements.ts'
import type { SkipCounter } from '../skip-counter.ts'

export const AZURE_LINUX_FEED = 'azure-linux'

/** Advisories of one release, one for each flaw of one source package. */
export async function azureLinuxAdvisories(
  document: OvalReader,
  release: Distro,
  ecosystem: RpmEcosystem,
  skips: SkipCounter,
): Promise<readonly Advisory[]> {
  const namespace = ecosystem.namespaceOf(release)
  if (namespace === null) return []
  const statements = new OvalStatements(document, () => null)
  const advisories = new Map<string, Advisory>()
  for await (const { id, cves, criteria, patchable, title, severity, issued, updated } of definitionsInTurns(
    document,
  )) {
    // "This CVE either no longer is or was never applicable": an answer, nothing that was left out.
    if (patchable.toLowerCase() === 'not applicable') continue
    if (cves.length === 0) skips.add('no-vulnerability', id)
    else if (criteria === null) skips.add('no-packages', id)
    else if (advisories.has(id)) skips.add('duplicate-id', id)
    else {
      const said = statements.of(criteria, reason => skips.add(reason, id))
      const housed = said.map(({ name, from, end, arches }): HousedBuilds => {
        return {
          namespace,
          channel: null,
          module: null,
          name,
          arches,
          from,
          end,
        }
      })
      if (housed.length === 0) continue
      advisories.set(id, {
        id,
        feed: AZURE_LINUX_FEED,
        // By the example of `DEBIAN_CVE`; Amazon's own literal is not published. (inferred)
        source: 'AZURE_LINUX_CVE',
        sourceUrl: null,
        aliases: [],
        upstream: cves.map(cve => cve.id),
        summary: title || null,
        details: null,
        severities: severity === '' ? [] : [{ system: 'word', word: severity.toLowerCase() }],
        references: [],
        published: timeOf(issued),
        modified: timeOf(updated) ?? timeOf(issued),
        withdrawn: null,
        affected: affectedPackages(housed, ecosystem, arches => [...arches].sort()),
      })
    }
  }
  return [...advisories.values()]
}
