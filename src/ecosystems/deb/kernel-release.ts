import type { Package } from '../../domain/inventory.ts'

const KERNEL = /^linux-(?:image|modules)(?:-unsigned|-extra|-uc)?-([0-9][A-Za-z0-9.+~_-]*)$/
const VARIANT = /-(?:unsigned|dbg|dbgsym)$/

/**
 * `5.10.0-22-amd64` for `linux-image-5.10.0-22-amd64` and its modules: Debian and Ubuntu name these packages after the
 * release. What names none (`linux-image-amd64`) only depends on the newest. (matching-and-feeds §2.6, observed)
 */
export function debKernelReleases({ name }: Pick<Package, 'name'>): readonly string[] {
  const release = KERNEL.exec(name)?.[1]
  return release === undefined ? [] : [release.replace(VARIANT, '')]
}
