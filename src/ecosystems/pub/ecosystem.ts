import type { Ecosystem } from '../ecosystem.ts'
import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { pubspecLock } from './pubspec-lock.ts'
import { pubScheme } from './version.ts'

/** Dart and Flutter packages of pub.dev. The API has no package manager for them. (matching-and-feeds §2.7) */
export const pub: Ecosystem = languageEcosystem({
  purlType: 'pub',
  scheme: pubScheme,
  knownLimits: ['Only pubspec.lock.'],
  analyzers: [pubspecLock],
  osvName: 'Pub',
  trustedPrefixes: ['GHSA-'],
  remediation: pkg => commandFor(pkg.name, 'dart pub upgrade', 'dart pub upgrade'),
})
