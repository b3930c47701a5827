import type { Ecosystem } from '../ecosystem.ts'
import { languageEcosystem } from '../language-ecosystem.ts'
import { conanLock } from './conan-lock.ts'
import { conanfileText, withoutLockedRequirements } from './conanfile-text.ts'
import { conanScheme } from './version.ts'

/** C and C++ packages of ConanCenter. The API has no package manager for them. (matching-and-feeds §1.2, §2.7) */
export const conan: Ecosystem = languageEcosystem({
  purlType: 'conan',
  scheme: conanScheme,
  knownLimits: ['The public OSV export has no records; a mirror may.', 'A `conanfile.py` is a program and not read.'],
  analyzers: [conanfileText, conanLock],
  osvName: 'ConanCenter',
  trustedPrefixes: ['GHSA-'],
  withoutCopies: withoutLockedRequirements,
  canonicalName: name => name.toLowerCase(),
  remediation: () => 'conan install . --update --lockfile=""',
})
