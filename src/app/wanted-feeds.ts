import { CVE_LIST_FEED } from '../feeds/cve-list/feed.ts'

/** What decides which feeds are asked. */
export interface FeedChoice {
  /** OPENINSPECTOR_FEEDS: base of a mirror; `null` is the public upstream. */
  readonly feeds: string | null
  /** OPENINSPECTOR_CVE_LIST; `null` when it is not set. */
  readonly cveList: boolean | null
}

/**
 * Whether a feed is asked at all. The CVE List's first load takes half a gigabyte from GitHub and twice that of memory,
 * for what NVD mostly says too: from upstream it comes only where somebody asks for it. A mirror that has it was made to
 * have it. (decisions/0019)
 */
export function isWanted(feedId: string, { feeds, cveList }: FeedChoice): boolean {
  return feedId !== CVE_LIST_FEED || (cveList ?? feeds !== null)
}
