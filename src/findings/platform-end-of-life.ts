import { formatInstant, type Instant } from '../base/clock.ts'
import type { PackageDetection } from '../domain/finding.ts'
import { vulnerabilityId } from '../domain/ids.ts'
import type { ReleaseStanding } from '../domain/release-end.ts'

/** (inspector-behaviour §1.1, observed) */
export const PLATFORM_END_OF_LIFE = vulnerabilityId('IN-DISCONTINUED-001')

/**
 * The finding of a resource whose operating system gets no fixes any more. Id, title and severity are as Amazon Inspector
 * shows them; that there are no score, no packages and no fix follows from them, the words are ours. (inspector-behaviour
 * §1.1, §1.7: observed; the rest inferred; the API model requires no package)
 */
export function platformEndOfLife(
  platform: string,
  ended: Extract<ReleaseStanding, { is: 'ended' }>,
): PackageDetection {
  return {
    type: 'PACKAGE_VULNERABILITY',
    vulnerabilityId: PLATFORM_END_OF_LIFE,
    title: 'Platform End Of Life',
    description: describe(ended.label ?? platform, ended),
    recommendation: `Move to a release that its vendor supports. See ${ended.page}.`,
    severity: 'CRITICAL',
    score: null,
    fixAvailable: 'NO',
    source: ended.source,
    sourceUrl: ended.page,
    vendorSeverity: null,
    vendorCreatedAt: null,
    vendorUpdatedAt: null,
    cvss: [],
    relatedVulnerabilities: [],
    referenceUrls: [ended.page],
    epssScore: null,
    exploit: null,
    kev: null,
    isDisputed: false,
    vulnerablePackages: [],
  }
}

/** The same for ever once the day is past: words that followed the clock would update every finding of it. */
function describe(platform: string, { lastDay, extendedUntil }: Extract<ReleaseStanding, { is: 'ended' }>): string {
  const since = lastDay === null ? '' : ` since ${day(lastDay)}`
  const extended =
    extendedUntil === null
      ? ''
      : ` Extended support, until ${day(extendedUntil)}, is for its subscribers and does not count as support.`
  return (
    `The operating system ${platform} has been past its end of life${since}. New vulnerabilities get no fixes, and ` +
    `its vendor may not tell about them any more: that nothing else is found does not mean that nothing is there.${extended}`
  )
}

function day(time: Instant): string {
  return formatInstant(time).slice(0, 10)
}
