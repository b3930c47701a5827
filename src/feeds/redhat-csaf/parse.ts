import { parseInstant } from '../../base/clock.ts'
import type { Advisory, AffectedPackage, ReportedSeverity } from '../../domain/advisory.ts'
import { parseCvss } from '../../domain/cvss.ts'
import { csafProductIds } from '../../domain/csaf-products.ts'
import { CsafError, readCsaf, type CsafDocument, type CsafVulnerability } from '../../domain/csaf-document.ts'
import type { SkipCounter } from '../skip-counter.ts'
import type { EntryPool } from './pool.ts'
import { affectedBy } from './statements.ts'

export const REDHAT_CSAF_FEED = 'redhat-csaf'
/** As `packageVulnerabilityDetails.source` of Amazon Inspector. (inspector-behaviour §1.2) */
const SOURCE = 'REDHAT_CVE'

/**
 * Groups of flaws of one advisory that differ in what they say about packages. Nearly all advisories have one, those of
 * many products some: what is beyond is told by the documents of the flaws themselves.
 */
const MOST_GROUPS = 32

/** `CVE-2024-6923` of `2024/cve-2024-6923.json`, `RHSA-2024:6163` of `2024/rhsa-2024_6163.json`; `null` for another file. */
export function documentIdOf(path: string): string | null {
  const [, cve, kind, year, number] =
    /^[0-9]{4}\/(?:(cve-[0-9]{4}-[0-9]{4,12})|(rh[sbe]a)-([0-9]{4})_([0-9]{3,7}))\.json$/.exec(path) ?? []
  if (cve !== undefined) return cve.toUpperCase()
  return kind === undefined ? null : `${kind.toUpperCase()}-${year}:${number}`
}

/** Every id that advisories of a document may bear. */
export function advisoryIdsOf(documentId: string): readonly string[] {
  if (documentId.startsWith('CVE-')) return [`REDHAT-${documentId}`]
  return Array.from({ length: MOST_GROUPS }, (_, at) => groupId(documentId, at))
}

function groupId(documentId: string, at: number): string {
  return at === 0 ? documentId : `${documentId}#${at + 1}`
}

/**
 * The advisories of one document: one, or for an advisory whose flaws differ in what they say about packages, one for
 * each group of them. None when it says nothing about rpms, was taken back, or cannot be read; `skips` is told. Never
 * throws for any text.
 */
export function advisoriesOfDocument(
  path: string,
  text: string,
  pool: EntryPool,
  skips: SkipCounter,
): readonly Advisory[] {
  try {
    const document = readCsaf(text)
    const id = documentIdOf(path)
    if (id === null || document.id !== id) skips.add('id-not-of-file', path)
    else if (document.status === 'deleted') skips.add('document-deleted', path)
    else return advisoriesOf(document, pool, skips)
  } catch (error) {
    if (!(error instanceof CsafError)) throw error
    skips.add(error.reason, path)
  }
  return []
}

/** What stands in place of a description; the title says more. (observed) */
const NO_DESCRIPTION = 'No description is available for this CVE.'

interface Group {
  readonly vulnerabilities: CsafVulnerability[]
  readonly affected: readonly AffectedPackage[]
}

function advisoriesOf(document: CsafDocument, pool: EntryPool, skips: SkipCounter): readonly Advisory[] {
  const products = csafProductIds(document)
  const groups = new Map<string, Group>()
  const most = document.id.startsWith('CVE-') ? 1 : MOST_GROUPS
  for (const vulnerability of document.vulnerabilities) {
    if (vulnerability.cve === null) {
      skips.add('vulnerability-without-cve', document.id)
      continue
    }
    const affected = affectedBy(vulnerability, products, pool, skips)
    if (affected.length === 0) continue
    const said = document.vulnerabilities.length === 1 ? '' : wordsOf(affected)
    const known = groups.get(said)
    if (known !== undefined) known.vulnerabilities.push(vulnerability)
    else if (groups.size < most) groups.set(said, { vulnerabilities: [vulnerability], affected })
    else skips.add('too-many-groups', `${document.id} ${vulnerability.cve}`)
  }
  if (groups.size === 0) skips.add('nothing-about-rpms', document.id)
  return [...groups.values()].map((group, at) => advisoryOf(document, group, at))
}

function wordsOf(affected: readonly AffectedPackage[]): string {
  return JSON.stringify(
    affected.map(({ namespace, name, ranges, state, channel, module, arches }) => [
      namespace,
      name,
      state ?? '',
      channel ?? '',
      module ?? '',
      arches ?? '',
      ...ranges.map(range => ('unreadable' in range ? range.unreadable.text : endOf(range.end))),
    ]),
  )
}

function endOf(end: Exclude<AffectedPackage['ranges'][number], { unreadable: unknown }>['end']): string {
  if (end === 'no-fix-known') return ''
  return 'fixed' in end ? end.fixed.text : end.lastAffected.text
}

function advisoryOf(document: CsafDocument, { vulnerabilities, affected }: Group, at: number): Advisory {
  const [only] = vulnerabilities.length === 1 ? vulnerabilities : []
  const isOfFlaw = document.id.startsWith('CVE-')
  return {
    id: isOfFlaw ? `REDHAT-${document.id}` : groupId(document.id, at),
    feed: REDHAT_CSAF_FEED,
    source: SOURCE,
    sourceUrl: isOfFlaw
      ? `https://access.redhat.com/security/cve/${document.id}`
      : `https://access.redhat.com/errata/${document.id}`,
    aliases: [],
    upstream: vulnerabilities.flatMap(({ cve }) => cve ?? []),
    summary: document.title,
    details: only?.description === NO_DESCRIPTION ? null : (only?.description ?? null),
    severities: severitiesOf(document, only),
    references: only?.references ?? [],
    published: timeOf(only?.released ?? document.published),
    modified: timeOf(document.modified),
    withdrawn: null,
    affected,
  }
}

/**
 * The score and the word that most products share: they differ by product in a few documents, and a record has one of
 * each. Of several flaws together only the word of the whole is theirs.
 */
function severitiesOf(document: CsafDocument, vulnerability: CsafVulnerability | undefined): ReportedSeverity[] {
  const severities: ReportedSeverity[] = []
  for (const system of ['CVSS_V3', 'CVSS_V4', 'CVSS_V2'] as const) {
    const readable = (vulnerability?.scores ?? []).filter(
      score => score.system === system && parseCvss(score.vector).ok,
    )
    const [first] = readable.toSorted((a, b) => b.productCount - a.productCount)
    if (first !== undefined) severities.push({ system, vector: first.vector })
  }
  const [impact] = (vulnerability?.impacts ?? []).toSorted((a, b) => b.productIds.length - a.productIds.length)
  const word = impact?.word ?? document.severityWord
  if (word !== null) severities.push({ system: 'word', word })
  return severities
}

function timeOf(text: string | null): Advisory['published'] {
  return text === null ? null : parseInstant(text)
}
