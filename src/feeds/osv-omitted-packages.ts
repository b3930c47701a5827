import type { AffectedPackage } from '../domain/advisory.ts'

/**
 * Packages that some notices of AlmaLinux leave out although they are built from the same source with the same version:
 * where notices name both, their fixes are always equal. Known to peers, and counted in the records of August 2026: of
 * 47 notices that name the first, 10 leave out the second. (matching-and-feeds §1.1, §6)
 */
const BUILT_TOGETHER: ReadonlyMap<string, string> = new Map([
  ['cups', 'cups-libs'],
  ['device-mapper-multipath', 'device-mapper-multipath-libs'],
  ['gcc', 'libgcc'],
  ['lua', 'lua-libs'],
  ['pacemaker', 'pacemaker-libs'],
  ['rpm', 'rpm-build-libs'],
])

/** What the record says of packages that it names, for those built with them that it leaves out. */
export function omittedPackages(named: readonly AffectedPackage[]): readonly AffectedPackage[] {
  const names = new Set(named.map(({ namespace, name }) => `${namespace} ${name}`))
  const omitted: AffectedPackage[] = []
  for (const affected of named) {
    if (!affected.namespace.startsWith('almalinux:')) continue
    const name = BUILT_TOGETHER.get(affected.name)
    if (name !== undefined && !names.has(`${affected.namespace} ${name}`)) omitted.push({ ...affected, name })
  }
  return omitted
}
