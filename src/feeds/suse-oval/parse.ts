import type { Advisory, ReportedSeverity } from '../../domain/advisory.ts'
import type { Distro } from '../../domain/inventory.ts'
import { onlyForCustomers, suseChannelOf } from '../../ecosystems/suse-channels.ts'
import { affectedPackages, scoreOf, timeOf } from '../oval-affected.ts'
import type { HousedBuilds, RpmEcosystem } from '../oval-affected.ts'
import { packageOf } from '../oval-atoms.ts'
import type { OvalAtom } from '../oval-atoms.ts'
import type { OvalDefinition, OvalReader } from '../oval-document.ts'
import { definitionsInTurns } from '../oval-part.ts'
import { OvalStatements } from '../oval-statements.ts'
import type { OvalTest } from '../oval-tables.ts'
import type { SkipCounter } from '../skip-counter.ts'

export const SUSE_OVAL_FEED = 'suse-oval'

/** By the example of `DEBIAN_CVE`; Amazon's own literal is not published. (inferred) */
const SOURCE = 'SUSE_CVE'

/** Architectures that SUSE Linux Enterprise 15 and later is built for: what speaks about all needs no list. */
const EVERY = ['aarch64', 'ppc64le', 's390x', 'x86_64'] as const

/** Advisories of one release, one for each flaw that affects or affected a package of it. */
export async function suseAdvisories(
  document: OvalReader,
  release: Distro & { readonly versionId: string },
  ecosystem: RpmEcosystem,
  skips: SkipCounter,
): Promise<readonly Advisory[]> {
  const namespace = ecosystem.namespaceOf(release)
  if (namespace === null) return []
  const statements = new OvalStatements(document, atomOfSuse)
  const advisories = new Map<string, Advisory>()
  for await (const definition of definitionsInTurns(document)) {
    const cve = /^CVE-\d{4}-\d{4,12}$/.exec(definition.title)?.[0]
    if (cve === undefined || definition.kind !== 'vulnerability') skips.add('no-vulnerability', definition.id)
    else if (definition.criteria === null) skips.add('no-packages', cve)
    else {
      const said = statements.of(definition.criteria, reason => skips.add(reason, cve))
      const housed: HousedBuilds[] = []
      for (const { name, from, end, arches, module, products } of said) {
        if (products === null) skips.add('no-product', cve)
        const channel = products === null ? null : suseChannelOf(products, release.versionId)
        if (channel === null) continue
        housed.push({ namespace, channel: channel === '' ? null : channel, module, name, from, end, arches })
      }
      if (housed.length === 0) continue
      if (advisories.has(cve)) skips.add('duplicate-id', cve)
      else advisories.set(cve, advisoryOf(cve, definition, withoutSecondAnswers(housed), ecosystem))
    }
  }
  return [...advisories.values()]
}

/**
 * Where everybody gets a fix, a later one for customers of extended support is not for everybody to hear of: it would be
 * the fix that is shown.
 */
function withoutSecondAnswers(housed: readonly HousedBuilds[]): readonly HousedBuilds[] {
  const fixedForAll = new Set(
    housed.flatMap(({ channel, end, name }) => (channel === null && end !== null ? [name] : [])),
  )
  return housed.map(builds => {
    const { namespace, channel, module, name, from, end, arches } = builds
    if (channel === null || !fixedForAll.has(name)) return builds
    return { namespace, channel: onlyForCustomers(channel), module, name, from, end, arches }
  })
}

function advisoryOf(
  cve: string,
  definition: OvalDefinition,
  housed: readonly HousedBuilds[],
  ecosystem: RpmEcosystem,
): Advisory {
  const severities: ReportedSeverity[] = []
  for (const written of definition.cves.find(({ id }) => id === cve)?.cvss ?? []) {
    const score = scoreOf(written, SOURCE)
    if (score !== null) severities.push(score)
  }
  if (definition.severity !== '') severities.push({ system: 'word', word: definition.severity.toLowerCase() })
  return {
    id: `SUSE-${cve}`,
    feed: SUSE_OVAL_FEED,
    source: SOURCE,
    sourceUrl: `https://www.suse.com/security/cve/${cve}.html`,
    aliases: [],
    upstream: [cve],
    summary: null,
    details: definition.description || null,
    severities,
    references: [],
    published: timeOf(definition.issued),
    modified: timeOf(definition.updated) ?? timeOf(definition.issued),
    withdrawn: null,
    affected: affectedPackages(housed, ecosystem, archesOfPackages),
  }
}

/** "SUSE Linux Enterprise Server 15 SP7 is installed": the version of the package that every product brings. */
function atomOfSuse(test: OvalTest): OvalAtom | null {
  if (test.kind !== 'rpminfo_test') return null
  const product = /^(.{1,200})-release$/.exec(packageOf(test) ?? '')?.[1]
  if (product === undefined) return null
  const [field, ...others] = test.states.flat()
  const isVersion = field?.name === 'version' && field.operation === 'equals' && others.length === 0
  if (!isVersion || test.check !== 'at least one') return null
  // `0` says that the release package itself is not affected.
  return field.value === '0' ? { is: 'never' } : { is: 'product', product: `${product.toLowerCase()}:${field.value}` }
}

function archesOfPackages(arches: ReadonlySet<string>): readonly string[] | null {
  return EVERY.every(arch => arches.has(arch)) ? null : [...arches].sort()
}
