import { namespace } from '../domain/namespace.ts'
import type { Ecosystem } from './ecosystem.ts'

/** What a language ecosystem must say itself, and what it may say otherwise than most. */
export type LanguageFace = Pick<Ecosystem, 'purlType' | 'scheme' | 'analyzers' | 'knownLimits' | 'remediation'> &
  Partial<Omit<Ecosystem, 'isOperatingSystem'>> & {
    /** The ecosystem's own string in the OSV schema, e.g. `crates.io`; `null` where it has none. */
    readonly osvName: string | null
    /** Id prefixes of its advisory databases, most trusted first; whatever else speaks ranks below them. (matching-and-feeds §2.10) */
    readonly trustedPrefixes: readonly string[]
  }

/** The face of a language ecosystem: one namespace, named as the purl type, whatever distribution lies below. */
export function languageEcosystem({ osvName, trustedPrefixes, ...own }: LanguageFace): Ecosystem {
  const home = namespace(own.purlType)
  return {
    isOperatingSystem: false,
    namespaceOf: () => home,
    namespaceOfOsv: osvEcosystem => (osvEcosystem === osvName ? home : null),
    canonicalName: name => name,
    advisorySubject: pkg => ({ name: pkg.name, version: pkg.version }),
    otherChannelOf: () => null,
    holdsNoRunnableKernel: () => false,
    rankOfAdvisory: id => rankAmong(trustedPrefixes, id),
    withoutCopies: packages => packages,
    versionParts: version => ({ epoch: 0, version, release: null }),
    formatFixedVersion: version => version.text.replace(/^[v=\s]+/i, ''),
    ...own,
  }
}

function rankAmong(prefixes: readonly string[], id: string): number {
  const at = prefixes.findIndex(prefix => id.startsWith(prefix))
  return at < 0 ? 0 : prefixes.length - at
}

/** `command` with the name, or the alternative where the name has marks that a shell could obey. */
export function commandFor(name: string, command: string, otherwise: string): string {
  return /^[@A-Za-z0-9][\w./-]*$/.test(name) ? `${command} ${name}` : otherwise
}
