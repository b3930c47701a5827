import type { DatabaseSync } from 'node:sqlite'
import { vulnerabilityId } from '../../domain/ids.ts'
import type { VulnerabilityId } from '../../domain/ids.ts'
import { CVE_LIST_FEED } from '../../feeds/cve-list/feed.ts'
import { NVD_FEED } from '../../feeds/nvd/parse.ts'
import { VULNRICHMENT_FEED } from '../../feeds/vulnrichment/feed.ts'
import { cveOf } from './vulnerability-ids.ts'

/** Feeds whose records restate the CVE's own, with its state, each at its own age. */
const COPIES = [NVD_FEED, VULNRICHMENT_FEED]

/** Answers kept; most databases hold a few thousand rejected ids. */
const ANSWERS_KEPT = 50_000

/**
 * Whether a CVE is rejected: the CVE List decides where it has the record; else its copies say so, and none of them says
 * otherwise (they differ in age). The opinion of any other source does not count. (matching-and-feeds §1.6)
 */
function rejectedIds(database: DatabaseSync): (id: VulnerabilityId) => boolean {
  // A withdrawn advisory is about nothing.
  const records = database.prepare(
    `SELECT count(*) AS total, coalesce(sum(about = '[]'), 0) AS withdrawn
     FROM advisory WHERE advisory_id = ? AND feed IN (SELECT value FROM json_each(?))`,
  )
  const isWithdrawn = (id: VulnerabilityId, feeds: readonly string[]): boolean | null => {
    const row = records.get(id, JSON.stringify(feeds))
    return Number(row?.['total']) > 0 ? row?.['total'] === row?.['withdrawn'] : null
  }
  const answers = new Map<VulnerabilityId, boolean>()
  return id => {
    const known = answers.get(id)
    if (known !== undefined) return known
    const answer = isWithdrawn(id, [CVE_LIST_FEED]) ?? isWithdrawn(id, COPIES) ?? false
    if (answers.size >= ANSWERS_KEPT) answers.clear()
    answers.set(id, answer)
    return answer
  }
}

/**
 * Answers which vulnerabilities an advisory is still about when its rejected CVEs are left out. What was found is then no
 * flaw, or one of another name: an advisory with an id of its own that shared it with one CVE goes on under its own id,
 * because its author has not withdrawn it. (matching-and-feeds §2.10)
 */
export function rejectionReader(
  database: DatabaseSync,
): (advisoryId: string, about: readonly VulnerabilityId[]) => readonly VulnerabilityId[] {
  const isRejected = rejectedIds(database)
  const shared = database.prepare(
    `SELECT 1 FROM alias JOIN advisory ON advisory.id = alias.advisory
     WHERE advisory.advisory_id = ? AND alias.alias = ? LIMIT 1`,
  )
  return (advisoryId, about) => {
    const standing = about.filter(id => !isRejected(id))
    if (standing.length === about.length) return about
    const [only] = about
    const isAnother = cveOf(advisoryId) === null && only !== undefined && about.length === 1
    return isAnother && shared.get(advisoryId, only) !== undefined ? [vulnerabilityId(advisoryId)] : standing
  }
}
