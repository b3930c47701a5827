import type { Ecosystem } from '../ecosystem.ts'
import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { semverScheme } from '../semver.ts'
import { mixLock } from './mix-lock.ts'
import { rebarLock } from './rebar-lock.ts'

/** Erlang and Elixir packages of hex.pm. The API has no package manager for them. (matching-and-feeds §2.7) */
export const hex: Ecosystem = languageEcosystem({
  purlType: 'hex',
  scheme: semverScheme,
  knownLimits: ['Only mix.lock and rebar.lock: applications of an Erlang release are not read.'],
  analyzers: [mixLock, rebarLock],
  osvName: 'Hex',
  // The Erlang Ecosystem Foundation numbers the flaws of its packages itself.
  trustedPrefixes: ['EEF-', 'GHSA-'],
  remediation: pkg => commandFor(pkg.name, 'mix deps.update', 'mix deps.update --all'),
})
