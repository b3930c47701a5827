import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { AffectedPackage } from '../../domain/advisory.ts'
import type { InventoryProblem, Package } from '../../domain/inventory.ts'
import { EMPTY_ANALYSIS, type Analyzer } from '../ecosystem.ts'
import { isExtendedSupport, isSuseChannel, productsOfChannel, suseChannelOfProduct } from '../suse-channels.ts'

/** Far behind the name of the product, which is the third or so of its elements. */
const HEAD_BYTES = 8_192

/** A product that is installed: its name is that of the channel which its builds come from. (libzypp, `/etc/products.d`) */
export const suseProducts: Analyzer = {
  id: 'rpm/suse-products',
  revision: 1,
  limitBytes: 1024 * 1024,
  wants: path => path.startsWith('etc/products.d/') && path.endsWith('.prod') && path.split('/').length === 3,
  analyze(file) {
    const text = decodeUtf8(file.bytes.subarray(0, HEAD_BYTES))
    // The product's own name comes first; those of products that it can be upgraded from follow.
    const name = /<product[\s>][^]{0,4000}?<name>\s{0,20}([A-Za-z0-9_.+-]{1,100})\s{0,20}<\/name>/.exec(text)?.[1]
    if (name !== undefined) return ok({ ...EMPTY_ANALYSIS, channels: [suseChannelOfProduct(name)] })
    const problem: InventoryProblem = {
      path: file.path,
      reason: 'malformed-product-file',
      detail: 'it names no product; fixes that are for its customers alone may be missed',
    }
    return ok({ ...EMPTY_ANALYSIS, problems: [problem] })
  },
}

/**
 * An entry for certain products of SUSE: as it stands where one of them is installed. Elsewhere a fix under extended
 * support shows that the package is affected, and that only subscribers get the fix; other products are other systems.
 */
export function entryOfSuseProducts(pkg: Package, entry: AffectedPackage, channel: string): AffectedPackage | null {
  if (takesFrom(pkg, channel)) return entry
  if (!isExtendedSupport(channel)) return null
  const isFixed = entry.ranges.some(range => !('unreadable' in range) && range.end !== 'no-fix-known')
  return isFixed && entry.state === undefined ? { ...entry, state: 'fixed-for-subscribers' } : entry
}

/** What the installed products say counts first, then what is said to everybody, then what is said to others. */
export function rankOfSuseEntry(entry: AffectedPackage, pkg: Package): number {
  const { channel } = entry
  if (channel === undefined || !isSuseChannel(channel)) return 0
  return takesFrom(pkg, channel) ? 1 : -1
}

function takesFrom({ channels = [] }: Package, channel: string): boolean {
  return productsOfChannel(channel).some(product => channels.includes(product))
}
