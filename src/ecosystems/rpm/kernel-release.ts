import type { Package } from '../../domain/inventory.ts'
import { splitRpmVersion } from './version.ts'

/** Kernels that may be installed several times, and the parts that one is packaged in. (Fedora, RHEL, Oracle, Amazon) */
const KERNEL =
  /^kernel(?:[0-9]{1,2}\.[0-9]{1,3})?(?:-(?:rt|uek|64k|lt|ml|lpae|zfcpdump))?(?:-debug)?(?:-(?:core|modules|modules-core|modules-extra|modules-internal|modules-partner|uki-virt|uki-virt-addons))?$/

/** SUSE's, whose flavour is part of the release. */
const SUSE_KERNEL = /^kernel-(default|azure|rt|preempt|kvmsmall|64kb|vanilla)(?:-(?:base|extra|optional))?$/

/** Photon's. */
const PHOTON_KERNEL = /^linux(?:-(esx|rt|aws|secure))?$/

/**
 * `5.14.0-362.el9.x86_64` for `kernel-core` 5.14.0-362.el9; SUSE's 5.14.21-150400.24.100.2 of `kernel-default` calls
 * itself `5.14.21-150400.24.100-default`, without the count of rebuilds; Azure Linux and Photon leave out the
 * architecture. (matching-and-feeds §2.6; observed)
 */
export function rpmKernelReleases({ name, version: text, arch, namespace }: Package): readonly string[] {
  const parts = splitRpmVersion(text)
  if (!parts.ok || parts.value.release === null) return []
  const { version, release } = parts.value
  const distribution = namespace?.split(':', 1)[0] ?? ''
  const flavour = SUSE_KERNEL.exec(name)?.[1]
  if (flavour !== undefined && (distribution === 'sles' || distribution === 'opensuse-leap')) {
    return [`${version}-${release.replace(/\.[0-9]+$/, '')}-${flavour}`, `${version}-${release}-${flavour}`]
  }
  if (distribution === 'photon') {
    const photon = PHOTON_KERNEL.exec(name)
    if (photon === null) return []
    return [`${version}-${release}${photon[1] === undefined ? '' : `-${photon[1]}`}`]
  }
  if (!KERNEL.test(name)) return []
  const bare = `${version}-${release}`
  return arch === null ? [bare] : [`${bare}.${arch}`, bare]
}
