import type { AffectedPackage } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { isSuseChannel } from '../suse-channels.ts'
import { entryOfSuseProducts } from './suse-products.ts'
import { splitRpmVersion } from './version.ts'

type Ranges = AffectedPackage['ranges']

/**
 * The ranges about an extra of Amazon Linux 2 that speak about this build. The package database does not say which
 * repository a package came from, so its version has to: an extra carries its line in its name (`kernel-5.15`,
 * `postgresql14`), else installed and fixed version share their first two numbers. A 4.14 kernel never meets a 5.15 fix.
 * (matching-and-feeds §2.4)
 */
export function entryOfChannel(pkg: Package, entry: AffectedPackage, channel: string): AffectedPackage | null {
  if (isSuseChannel(channel)) return entryOfSuseProducts(pkg, entry, channel)
  const ranges = rangesOfExtra(pkg, entry.ranges, channel)
  if (ranges.length === 0) return null
  return ranges === entry.ranges ? entry : { ...entry, ranges }
}

function rangesOfExtra(pkg: Package, ranges: Ranges, extra: string): Ranges {
  const installed = upstreamOf(pkg.version)
  if (installed === null) return ranges
  const line = /[0-9]+(?:\.[0-9]+)*$/.exec(extra)?.[0]
  if (line !== undefined && isOfLine(installed, line)) return ranges
  return ranges.filter(range => {
    if ('unreadable' in range || range.end === 'no-fix-known') return false
    const end = 'fixed' in range.end ? range.end.fixed : range.end.lastAffected
    const fixed = upstreamOf(end.text)
    return fixed !== null && firstTwo(fixed) === firstTwo(installed)
  })
}

/** `null` for a version that cannot be taken apart: then the matcher says that it is unreadable. */
function upstreamOf(version: string): string | null {
  const parts = splitRpmVersion(version)
  return parts.ok ? parts.value.version : null
}

/** `5.15.43` is of the lines `5` and `5.15`, not of `5.1`. */
function isOfLine(version: string, line: string): boolean {
  return version === line || version.startsWith(`${line}.`)
}

function firstTwo(version: string): string {
  return version.split('.', 2).join('.')
}
