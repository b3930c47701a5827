import { instant, parseInstant, type Instant } from '../../base/clock.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Namespace } from '../../domain/namespace.ts'
import type { ReleaseEnd } from '../../domain/release-end.ts'
import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import type { FeedPart } from '../feed.ts'
import { SkipCounter } from '../skip-counter.ts'
import { fieldsOf, readRelease, type EndOfLifeRelease } from './schema.ts'

type EndOfLifePart = Pick<FeedPart, 'releaseEnds' | 'recordCount' | 'skipped' | 'newestModified'>

/** About 450 products and 6,000 releases in 2026. (endoflife.date) */
const PRODUCTS = 20_000
const RELEASES = 1_000

/**
 * `ID` of os-release for a product and one of its releases. Mariner became Azure Linux with 3. CentOS 8 shares a namespace
 * with Stream 8: the older one's day counts. Leap is what of openSUSE has releases. (endoflife.date, product names)
 */
const DISTRIBUTIONS: ReadonlyMap<string, (release: string) => string | null> = new Map<
  string,
  (release: string) => string | null
>([
  ['almalinux', () => 'almalinux'],
  ['alpine-linux', () => 'alpine'],
  ['amazon-linux', () => 'amzn'],
  ['azure-linux', release => (/^[12](?:\.|$)/.test(release) ? 'mariner' : 'azurelinux')],
  ['centos', () => 'centos'],
  ['centos-stream', release => (release === '8' ? null : 'centos')],
  ['debian', () => 'debian'],
  ['fedora', () => 'fedora'],
  ['opensuse', () => 'opensuse-leap'],
  ['oracle-linux', () => 'ol'],
  ['photon', () => 'photon'],
  ['rhel', () => 'rhel'],
  ['rocky-linux', () => 'rocky'],
  ['sles', () => 'sles'],
  ['ubuntu', () => 'ubuntu'],
])

/**
 * The ends of the releases of distributions that are matched, or one sentence about why the document is none. Products of
 * other kinds are most of it and no gap. A bad release costs itself. Pure; never throws for any text.
 */
export function parseEndOfLife(text: string, ecosystems: readonly Ecosystem[]): Result<EndOfLifePart, string> {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return err('it is not JSON')
  }
  const fields = fieldsOf(document)
  const products = fields?.['result']
  if (!Array.isArray(products)) return err('it has no list named result')
  if (products.length > PRODUCTS) return err(`it has more than ${PRODUCTS} products`)

  const skips = new SkipCounter()
  const ends = new Map<Namespace, ReleaseEnd>()
  let recordCount = 0
  for (const value of products) {
    const product = fieldsOf(value)
    const name = product?.['name']
    const idOf = typeof name === 'string' ? DISTRIBUTIONS.get(name) : undefined
    if (product === null || typeof name !== 'string' || idOf === undefined) continue
    const releases = product['releases']
    if (!Array.isArray(releases) || releases.length > RELEASES) {
      skips.add('no-list-of-releases', name)
      continue
    }
    recordCount += releases.length
    const title = typeof product['label'] === 'string' ? product['label'].slice(0, 60) : name
    for (const [at, each] of releases.entries()) {
      const release = readRelease(each)
      if (typeof release === 'string') {
        skips.add(release, `${name} release ${at + 1}`)
        continue
      }
      const where = namespaceOf(idOf(release.name), release.name, ecosystems)
      if (where === null) skips.add('release-not-matched', `${name} ${release.name}`)
      else if (ends.has(where)) skips.add('release-said-twice', `${name} ${release.name}`)
      else ends.set(where, endOf(where, name, title, release))
    }
  }
  if (recordCount === 0) return err('it has no release of a distribution')
  const generated = fields?.['generated_at']
  return ok({
    releaseEnds: [...ends.values()],
    recordCount,
    skipped: skips.list(),
    newestModified: typeof generated === 'string' ? parseInstant(generated) : null,
  })
}

/** As an installation of that release is named, so that both meet. */
function namespaceOf(id: string | null, versionId: string, ecosystems: readonly Ecosystem[]): Namespace | null {
  if (id === null) return null
  for (const ecosystem of ecosystems) {
    if (!ecosystem.isOperatingSystem) continue
    const own = ecosystem.namespaceOf({ id, versionId, codename: null, prettyName: null })
    if (own !== null) return own
  }
  return null
}

function endOf(namespace: Namespace, product: string, title: string, release: EndOfLifeRelease): ReleaseEnd {
  const { isEol, eolFrom, eoesFrom, label } = release
  const known = eolFrom === null ? null : dayOf(eolFrom)
  return {
    namespace,
    label: `${title} ${label}`,
    ends: known ?? (isEol ? 'day-unknown' : 'not-planned'),
    extendedUntil: eoesFrom === null ? null : dayOf(eoesFrom),
    page: `https://endoflife.date/${product}`,
  }
}

function dayOf(text: string): Instant {
  return instant(Date.parse(`${text}T00:00:00Z`))
}
