import type { AffectedPackage, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { rpmScheme, splitRpmVersion } from './version.ts'

type Ranges = AffectedPackage['ranges']
type Relation = 'same' | 'other' | 'unknown'

/** `.module+el8.4.0+…` in RHEL and Rocky, `.module_el8.4.0+…` in AlmaLinux. (matching-and-feeds §2.4) */
const MODULE_MARK = /\.module[+_]/

/**
 * How many parts of its version name the stream of a package; what is not listed here does not carry its stream.
 * (Streams of RHEL 8 and 9, Red Hat "Application Streams Life Cycle")
 */
const STREAM_PARTS: readonly (readonly [names: RegExp, parts: number])[] = [
  [/^(?:nodejs(?:-(?:devel|docs|full-i18n|libs))?|npm)$/, 1],
  [/^postgresql(?:-.+)?$/, 1],
  [/^redis(?:-.+)?$/, 1],
  [/^perl(?:-(?:libs|devel|interpreter|macros|tests|utils))?$/, 2],
  [/^php(?:-[a-z]+)?$/, 2],
  [/^ruby(?:-.+)?$/, 2],
  [/^(?:nginx|mariadb|mysql|maven|httpd)(?:-.+)?$/, 2],
]

/**
 * The ranges of one entry that speak about the line of builds which the package comes from. One name is built in several
 * module streams, and Oracle builds FIPS and Ksplice flavours: a fix of one says nothing about the others. A fix whose
 * stream cannot be told leaves the package undetermined if it is below it. (matching-and-feeds §2.4)
 */
export function rangesAbout(pkg: Package, ranges: Ranges, module?: string): Ranges {
  // Where both sides name their stream, nothing has to be told from versions.
  if (module !== undefined && pkg.module !== undefined) return pkg.module === module ? lowestRebuilds(ranges) : []
  const about = ranges.flatMap((range): (AffectedRange | UnreadableRange)[] => {
    const bound = boundOf(range)
    if (bound === null || 'unreadable' in range) return [range]
    switch (relationOf(pkg, bound)) {
      case 'same':
        return [range]
      case 'other':
        return []
      case 'unknown':
        return [isBelow(pkg.version, bound) ? streamUnknown(bound) : range]
    }
  })
  return lowestRebuilds(about)
}

/**
 * A build that must not be compared with those of the distribution's ordinary line: FIPS, Ksplice, or one of the releases
 * of Oracle's own kernel (UEK R6 is 5.4, R7 5.15), which share their names with each other, and `bpftool` and `perf` with
 * those of the ordinary kernel too.
 */
function flavourOf(version: string): string | null {
  if (/[._]fips\b|_fips/i.test(version)) return 'fips'
  if (/\.ksplice[0-9]/.test(version)) return 'ksplice'
  // Rocky's special interest groups rebuild packages of the distribution, with notices of their own. (RXSA-2023:0101)
  if (/\.el[0-9]{1,3}(?:_[0-9]{1,3})?\.cloud\b/.test(version)) return 'sig-cloud'
  if (!/\.el[0-9]{1,3}uek\b/.test(version)) return null
  const parts = splitRpmVersion(version)
  return parts.ok ? `uek ${firstParts(parts.value.version, 2)}` : 'uek'
}

function relationOf(pkg: Package, bound: string): Relation {
  if (flavourOf(pkg.version) !== flavourOf(bound)) return 'other'
  const isModular = pkg.module !== undefined || MODULE_MARK.test(pkg.version)
  if (isModular !== MODULE_MARK.test(bound)) return 'other'
  return isModular ? streamRelationOf(pkg, bound) : 'same'
}

function streamRelationOf(pkg: Package, bound: string): Relation {
  const own = streamVersionOf(pkg.name, pkg.version)
  const others = streamVersionOf(pkg.name, bound)
  const stream = pkg.module?.slice(pkg.module.indexOf(':') + 1)
  // `rhel8`, `rhel`: one stream that moves on; its next fix contains the last.
  if (stream !== undefined && !/^[0-9]+(?:\.[0-9]+)*$/.test(stream)) return 'same'
  if (stream !== undefined && beginsWith(own, stream)) return beginsWith(others, stream) ? 'same' : 'other'
  const listed = stream === undefined ? STREAM_PARTS.find(([names]) => names.test(pkg.name))?.[1] : undefined
  // PostgreSQL counted by two parts up to 9.6.
  const parts = listed === 1 && /^[0-9]\./.test(own) && pkg.name.startsWith('postgresql') ? 2 : (listed ?? 2)
  if (firstParts(own, parts) === firstParts(others, parts)) return 'same'
  return listed === undefined ? 'unknown' : 'other'
}

/** The upstream version; npm has that of the Node.js which it came with in its release: `8.19.2-1.18.12.1.1.module…`. */
function streamVersionOf(name: string, text: string): string {
  const parts = splitRpmVersion(text)
  if (!parts.ok) return ''
  const { version, release } = parts.value
  const ofNode = name === 'npm' ? /^[0-9]+\.([0-9]+\.[0-9]+\.[0-9]+)\./.exec(release ?? '')?.[1] : undefined
  return ofNode ?? version
}

function beginsWith(version: string, stream: string): boolean {
  return version === stream || version.startsWith(`${stream}.`)
}

function firstParts(version: string, count: number): string {
  return version.split('.', count).join('.')
}

/**
 * One advisory of a module lists the rebuilds of one source release for several minor releases of the distribution
 * (`1.2-3.module_el8.3.0+…`, `1.2-3.module_el8.5.0+…`). Each has the fix, so the lowest is enough. (AlmaLinux, observed)
 */
function lowestRebuilds(ranges: Ranges): Ranges {
  const lowest = new Map<string, string>()
  for (const range of ranges) {
    const bound = rebuildOf(range)
    if (bound === null) continue
    const known = lowest.get(bound.source)
    if (known === undefined || isBelow(bound.text, known)) lowest.set(bound.source, bound.text)
  }
  if (lowest.size === 0) return ranges
  return ranges.filter(range => {
    const bound = rebuildOf(range)
    return bound === null || lowest.get(bound.source) === bound.text
  })
}

function rebuildOf(range: Ranges[number]): { readonly text: string; readonly source: string } | null {
  if ('unreadable' in range || range.introduced !== 'beginning') return null
  const text = boundOf(range)
  const mark = text?.search(MODULE_MARK) ?? -1
  return text === null || mark < 0 ? null : { text, source: text.slice(0, mark) }
}

function boundOf(range: Ranges[number]): string | null {
  if ('unreadable' in range || range.end === 'no-fix-known') return null
  return 'fixed' in range.end ? range.end.fixed.text : range.end.lastAffected.text
}

function isBelow(left: string, right: string): boolean {
  const [a, b] = [rpmScheme.parse(left), rpmScheme.parse(right)]
  return a.ok && b.ok && rpmScheme.compare(a.value, b.value) < 0
}

function streamUnknown(bound: string): UnreadableRange {
  const reason = 'the module stream of the fix cannot be told'
  return { unreadable: { is: 'unreadable-version', scheme: 'rpm', text: bound, reason } }
}
