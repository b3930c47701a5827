import type { Advisory } from '../../domain/advisory.ts'
import type { Namespace } from '../../domain/namespace.ts'
import { affectedPackages, timeOf } from '../oval-affected.ts'
import type { RpmEcosystem } from '../oval-affected.ts'
import { archesOf, packageOf } from '../oval-atoms.ts'
import type { OvalAtom } from '../oval-atoms.ts'
import type { OvalDefinition, OvalReader } from '../oval-document.ts'
import { definitionsInTurns } from '../oval-part.ts'
import { OvalStatements } from '../oval-statements.ts'
import type { OvalTest } from '../oval-tables.ts'
import type { SkipCounter } from '../skip-counter.ts'

export const ORACLE_OVAL_FEED = 'oracle-oval'

const RELEASE_PACKAGE = 'oraclelinux-release'

/** Packages of other architectures that run on a system of this one. (repositories of Oracle Linux) */
const ALSO_ON: ReadonlyMap<string, readonly string[]> = new Map([
  ['i386', ['i486', 'i586', 'i686']],
  ['x86_64', ['i386', 'i486', 'i586', 'i686']],
])

/** Architectures that Oracle Linux 7 and later is built for: what speaks about both speaks about all. */
const EVERY = ['aarch64', 'x86_64'] as const

/** Advisories of one release (`8`); definitions of others are in their own part. */
export async function oracleAdvisories(
  document: OvalReader,
  release: string,
  ecosystem: RpmEcosystem,
  skips: SkipCounter,
): Promise<readonly Advisory[]> {
  const distro = { id: 'ol', versionId: release, codename: null, prettyName: null }
  const namespace = ecosystem.namespaceOf(distro)
  if (namespace === null) return []
  const statements = new OvalStatements(document, atomOfOracle)
  const advisories = new Map<string, Advisory>()
  for await (const definition of definitionsInTurns(document)) {
    const advisory = advisoryOf(definition, release, namespace, statements, ecosystem, skips)
    if (advisory === null) continue
    if (advisories.has(advisory.id)) skips.add('duplicate-id', advisory.id)
    else advisories.set(advisory.id, advisory)
  }
  return [...advisories.values()]
}

function advisoryOf(
  definition: OvalDefinition,
  release: string,
  namespace: Namespace,
  statements: OvalStatements,
  ecosystem: RpmEcosystem,
  skips: SkipCounter,
): Advisory | null {
  const { criteria } = definition
  const notice = definition.references.find(({ source }) => source.toLowerCase() === 'elsa')
  const id = notice?.id ?? /^(EL[SB]A-\d{4}-\d{1,9}(?:-\d+)?)\b/.exec(definition.title)?.[1] ?? ''
  if (!/^EL[SBE]A-\d{4}-\d{1,9}(?:-\d{1,4})?$/.test(id)) return leftOut('no-id', definition.id)
  if (definition.cves.length === 0) return leftOut('no-vulnerability', id)
  if (criteria === null) return leftOut('no-packages', id)
  const said = statements.of(criteria, reason => skips.add(reason, id))
  const own = said.filter(({ products }) => products?.includes(release) === true)
  if (said.some(({ products }) => products === null)) skips.add('no-release', id)
  if (own.length === 0) return null
  const housed = own.map(({ name, from, end, arches, module }) => {
    return { namespace, channel: null, module, name, from, end, arches }
  })
  return {
    id,
    feed: ORACLE_OVAL_FEED,
    // By the example of `DEBIAN_CVE`; Amazon's own literal is not published. (inferred)
    source: 'ORACLE_CVE',
    sourceUrl: `https://linux.oracle.com/errata/${id}.html`,
    aliases: [],
    upstream: definition.cves.map(cve => cve.id),
    summary: definition.title.replace(/^EL[SBE]A-[\d-]+:\s*/, '') || null,
    details: definition.description || null,
    // Scores stand beside each CVE and are those of others; the word is Oracle's. (matching-and-feeds §1.6)
    severities: definition.severity === '' ? [] : [{ system: 'word', word: definition.severity.toLowerCase() }],
    references: [],
    published: timeOf(definition.issued),
    modified: timeOf(definition.updated) ?? timeOf(definition.issued),
    withdrawn: null,
    affected: affectedPackages(housed, ecosystem, archesOfSystems),
  }

  function leftOut(reason: string, name: string): null {
    skips.add(reason, name)
    return null
  }
}

/** Release and architecture of the system are read off its release package; modules off the files of dnf. */
function atomOfOracle(test: OvalTest): OvalAtom | null {
  if (test.kind === 'textfilecontent54_test') return moduleAtom(test)
  if (test.kind !== 'rpminfo_test' || packageOf(test) !== RELEASE_PACKAGE) return null
  const [field, ...others] = test.states.flat()
  if (field === undefined || others.length > 0) return null
  if (field.name === 'version') {
    const release = field.operation === 'pattern match' ? /^\^([0-9]{1,3})$/.exec(field.value)?.[1] : undefined
    return release === undefined ? { is: 'unread', reason: 'release-pattern' } : { is: 'product', product: release }
  }
  if (field.name !== 'arch') return null
  const [arch, ...more] = archesOf(field) ?? []
  return arch === undefined || more.length > 0 ? { is: 'unread', reason: 'architecture-pattern' } : { is: 'arch', arch }
}

/** `/etc/dnf/modules.d/virt.module` says in one of two orders that a stream is enabled. */
function moduleAtom(test: OvalTest): OvalAtom {
  const path = test.object.find(({ name }) => name === 'filepath')?.value ?? ''
  const module = /^\/etc\/dnf\/modules\.d\/([A-Za-z0-9_.+-]{1,100})\.module$/.exec(path)?.[1]
  const [text, ...others] = test.states.flat()
  const pattern = text?.name === 'text' && text.operation === 'pattern match' && others.length === 0 ? text.value : ''
  const streams = [...pattern.matchAll(/stream\\s\*=\\s\*((?:[\w+-]|\\?\.){1,100})\\b/g)].map(([, stream]) => stream)
  const [stream] = streams
  if (module === undefined || stream === undefined || streams.some(other => other !== stream)) {
    return { is: 'unread', reason: 'module-pattern' }
  }
  return { is: 'module', module: `${module}:${stream.replaceAll('\\', '')}` }
}

/** Whose packages are meant by the architectures of systems. */
function archesOfSystems(arches: ReadonlySet<string>): readonly string[] | null {
  if (EVERY.every(arch => arches.has(arch))) return null
  const found = new Set(arches)
  for (const arch of arches) for (const also of ALSO_ON.get(arch) ?? []) found.add(also)
  return [...found].sort()
}
