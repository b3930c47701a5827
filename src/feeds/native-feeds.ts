import type { Namespace } from '../domain/namespace.ts'

/**
 * Which feed is a distribution's own word. A distribution is matched only against its own vendor's feed; restatements of
 * it in other feeds (OSV) lose the vendor's states, list undetermined issues as affected, and leak other releases.
 * (matching-and-feeds §1.1, §1.4, §1.5) First part of the namespace to feed id; sorted.
 */
const NATIVE_FEEDS: Readonly<Record<string, string>> = {
  almalinux: 'almalinux',
  alpine: 'alpine-secdb',
  amzn: 'amazon-linux',
  azurelinux: 'azure-linux',
  bottlerocket: 'bottlerocket',
  chainguard: 'chainguard-secdb',
  debian: 'debian-tracker',
  mariner: 'azure-linux',
  minimos: 'minimos-secdb',
  ol: 'oracle-oval',
  'opensuse-leap': 'suse-oval',
  photon: 'photon',
  rhel: 'redhat-csaf',
  rocky: 'rocky',
  sles: 'suse-oval',
  ubuntu: 'ubuntu',
  wolfi: 'wolfi-secdb',
}

/**
 * The feed whose entries alone count for a namespace as soon as it has any there; `null` where every feed counts. Until
 * then (never synced, or a release that the vendor has dropped) the others stand in for it.
 */
export function nativeFeedOf(namespace: Namespace): string | null {
  const [distribution = ''] = namespace.split(':', 1)
  return Object.hasOwn(NATIVE_FEEDS, distribution) ? (NATIVE_FEEDS[distribution] ?? null) : null
}

/** Every feed that is a distribution's own, each once, sorted. */
export function nativeFeeds(): readonly string[] {
  return [...new Set(Object.values(NATIVE_FEEDS))].sort()
}
