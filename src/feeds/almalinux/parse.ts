import { instant } from '../../base/clock.ts'
import type { Advisory } from '../../domain/advisory.ts'
import type { Namespace } from '../../domain/namespace.ts'
import { affectedByFixes, moduleInTitle } from '../rpm-fixes.ts'
import type { RpmEcosystem } from '../rpm-fixes.ts'
import type { SkipCounter } from '../skip-counter.ts'
import { BuiltTogether } from './built-together.ts'
import type { AlmaNotice } from './schema.ts'

export const ALMALINUX_FEED = 'almalinux'

/** The notices of one release as advisories: together, because each teaches which packages a source builds. */
export function advisoriesOf(
  notices: readonly AlmaNotice[],
  release: string,
  ecosystem: RpmEcosystem,
  namespace: Namespace,
  skips: SkipCounter,
): Advisory[] {
  const built = new BuiltTogether()
  for (const notice of notices) for (const pkg of notice.packages) built.learn(pkg)
  const advisories = new Map<string, Advisory>()
  for (const notice of notices) {
    // Bug fixes (ALBA) and enhancements (ALEA) are published beside the security notices. (matching-and-feeds §1.1)
    if (notice.cves.length === 0 && !notice.id.startsWith('ALSA-')) {
      skips.add('no-vulnerability', notice.id)
      continue
    }
    const confirmed = moduleInTitle(notice.title)
    const packages = [...notice.packages, ...built.omittedFrom(notice.packages)]
    const fixes = packages.map(({ name, version, arch, module }) => {
      return { name, version, arch, channel: null, module: confirmed(module) }
    })
    const affected = affectedByFixes(ecosystem, namespace, fixes)
    if (affected.length === 0) skips.add('no-packages', notice.id)
    else if (advisories.has(notice.id)) skips.add('duplicate-id', notice.id)
    else advisories.set(notice.id, advisoryOf(notice, release, affected))
  }
  return [...advisories.values()]
}

function advisoryOf(notice: AlmaNotice, release: string, affected: Advisory['affected']): Advisory {
  const { id, title, description, severity, issued, updated, cves, links } = notice
  return {
    id,
    feed: ALMALINUX_FEED,
    source: 'ALMALINUX_CVE',
    sourceUrl: `https://errata.almalinux.org/${release}/${id.replace(':', '-')}.html`,
    aliases: [],
    upstream: cves,
    summary: title,
    details: description,
    severities: severity === null ? [] : [{ system: 'word', word: severity }],
    references: links,
    published: issued === null ? null : instant(issued),
    modified: updated === null ? null : instant(updated),
    withdrawn: null,
    affected,
  }
}
