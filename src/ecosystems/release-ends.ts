import { instant, type Instant } from '../base/clock.ts'
import { namespace, type Namespace } from '../domain/namespace.ts'
import type { ReleaseEnd, ReleaseStanding } from '../domain/release-end.ts'

const DAY_MS = 86_400_000

/** (Amazon Inspector User Guide, supported operating systems) */
const INSPECTOR_PAGE = 'https://docs.aws.amazon.com/inspector/latest/user/supported.html'

/**
 * The last day of which the tables below speak: what they call supported was so then. (inspector-behaviour §13.1, §13.2)
 * A change of the tables raises `MATCHING_REVISION`: findings of resources that nothing else concerns rest on them.
 */
const TABLES_READ = instant(Date.UTC(2026, 7, 31))

/**
 * "Discontinued operating systems" of Amazon Inspector, EC2 and ECR together: release to last day. Documented, but for
 * three interim releases that the guide discontinues without the day standing in our copy of it: Fedora 41 and Ubuntu
 * 25.04 and 25.10 carry their vendors' own days. RHEL 6 has the day of ECR; EC2 says 2020-11-30. CentOS 8 is also the
 * namespace of Stream 8, which ended 2024-05-31. (inspector-behaviour §13.2)
 */
const DISCONTINUED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  alpine: {
    '3.2': '2017-05-01',
    '3.3': '2017-11-01',
    '3.4': '2018-05-01',
    '3.5': '2018-11-01',
    '3.6': '2019-05-01',
    '3.7': '2019-11-01',
    '3.8': '2020-05-01',
    '3.9': '2020-11-01',
    '3.10': '2021-05-01',
    '3.11': '2021-11-01',
    '3.12': '2022-05-01',
    '3.13': '2022-11-01',
    '3.14': '2023-05-01',
    '3.15': '2023-11-01',
    '3.16': '2024-05-23',
    '3.17': '2024-11-22',
    '3.18': '2025-05-09',
    '3.19': '2025-11-01',
    '3.20': '2026-04-01',
  },
  amzn: { '2018.03': '2021-12-31', '2': '2026-06-30' },
  centos: { '7': '2024-06-30', '8': '2021-12-31' },
  debian: { '8': '2020-06-30', '9': '2022-06-30', '10': '2024-06-30', '11': '2026-08-31' },
  fedora: {
    '33': '2021-11-30',
    '34': '2022-06-07',
    '35': '2022-12-13',
    '36': '2023-05-16',
    '37': '2023-12-15',
    '38': '2024-05-21',
    '39': '2024-11-26',
    '40': '2025-05-13',
    '41': '2025-12-15',
    '42': '2026-05-13',
  },
  ol: { '6': '2021-03-01', '7': '2024-12-31' },
  'opensuse-leap': {
    '15.2': '2021-12-01',
    '15.3': '2022-12-01',
    '15.4': '2023-12-07',
    '15.5': '2024-12-31',
    '15.6': '2026-04-30',
  },
  photon: { '2': '2021-12-02', '3': '2024-03-01' },
  rhel: { '6': '2020-06-30', '7': '2024-06-30' },
  sles: {
    '12': '2016-06-30',
    '12.1': '2017-05-31',
    '12.2': '2018-03-31',
    '12.3': '2019-06-30',
    '12.4': '2020-06-30',
    '12.5': '2024-10-31',
    '15': '2019-12-31',
    '15.1': '2021-01-31',
    '15.2': '2021-12-31',
    '15.3': '2022-12-31',
    '15.4': '2023-12-31',
    '15.5': '2024-12-31',
    '15.6': '2025-12-31',
  },
  ubuntu: {
    '12.04': '2017-04-28',
    '14.04': '2024-04-01',
    '16.04': '2026-04-01',
    '20.10': '2021-07-22',
    '21.04': '2022-01-20',
    '21.10': '2022-07-31',
    '22.10': '2023-07-20',
    '23.04': '2024-01-25',
    '23.10': '2024-07-11',
    '24.10': '2025-07-10',
    '25.04': '2026-01-15',
    '25.10': '2026-07-09',
  },
}

/** Releases that Amazon Inspector lists as supported. (inspector-behaviour §13.1, documented) */
const SUPPORTED: Readonly<Record<string, readonly string[]>> = {
  almalinux: ['8', '9', '10'],
  alpine: ['3.21', '3.22', '3.23', '3.24'],
  amzn: ['2023'],
  azurelinux: ['3'],
  debian: ['12', '13'],
  fedora: ['43', '44'],
  ol: ['8', '9', '10'],
  photon: ['4', '5'],
  rhel: ['8', '9', '10'],
  rocky: ['8', '9', '10'],
  sles: ['15.7', '16.0'],
  ubuntu: ['18.04', '20.04', '22.04', '24.04', '26.04'],
}

const LAST_DAYS: ReadonlyMap<Namespace, Instant> = new Map(
  Object.entries(DISCONTINUED).flatMap(([distribution, releases]) =>
    Object.entries(releases).map(([release, day]) => [
      namespace(`${distribution}:${release}`),
      instant(Date.parse(`${day}T00:00:00Z`)),
    ]),
  ),
)

/** Distributions that roll on have no releases that could end. */
const LISTED: ReadonlySet<Namespace> = new Set([
  ...Object.entries(SUPPORTED).flatMap(([distribution, releases]) =>
    releases.map(release => namespace(`${distribution}:${release}`)),
  ),
  ...['wolfi', 'chainguard', 'alpine:edge'].map(namespace),
])

/**
 * Where a release stands at `now`. Amazon Inspector's word wins where it speaks. Of what it listed as supported, the
 * first end that the feed gives after that listing counts, extended support included only where the regular one was over
 * by then: Inspector counts that of Debian and Ubuntu (18.04 is listed, 14.04 ended with Ubuntu Pro; observed in its tables).
 */
export function releaseStanding(where: Namespace, told: ReleaseEnd | null, now: Instant): ReleaseStanding {
  const lastDay = LAST_DAYS.get(where)
  const extendedUntil = told?.extendedUntil ?? null
  const label = told?.label ?? null
  if (lastDay !== undefined) {
    if (!isOver(lastDay, now)) return { is: 'supported' }
    return { is: 'ended', lastDay, extendedUntil, source: 'AMAZON_INSPECTOR', page: INSPECTOR_PAGE, label }
  }
  if (told === null) return { is: LISTED.has(where) ? 'supported' : 'unknown' }
  const ends = countedEnd(where, told)
  if (ends === 'not-planned') return { is: 'supported' }
  if (ends !== 'day-unknown' && !isOver(ends, now)) return { is: 'supported' }
  const since = ends === 'day-unknown' ? null : ends
  return { is: 'ended', lastDay: since, extendedUntil, source: 'ENDOFLIFE_DATE', page: told.page, label }
}

/** The end of what Inspector has no day for, as far as the feed's word may be taken. */
function countedEnd(where: Namespace, { ends, extendedUntil }: ReleaseEnd): ReleaseEnd['ends'] {
  if (!LISTED.has(where)) return ends
  if (typeof ends === 'number' && ends > TABLES_READ) return ends
  return extendedUntil !== null && extendedUntil > TABLES_READ ? extendedUntil : 'not-planned'
}

/** Releases with the days that count for them, from the tables and from what the feed tells. */
export function countedEnds(told: readonly ReleaseEnd[]): ReadonlyMap<Namespace, Instant> {
  const ends = new Map<Namespace, Instant>(LAST_DAYS)
  for (const each of told) {
    const end = LAST_DAYS.has(each.namespace) ? null : countedEnd(each.namespace, each)
    if (typeof end === 'number') ends.set(each.namespace, end)
  }
  return ends
}

/** Whether a last day has passed as a whole, in UTC. (that it ends with the day is inferred) */
export function isOver(lastDay: Instant, now: Instant): boolean {
  return now >= lastDay + DAY_MS
}
