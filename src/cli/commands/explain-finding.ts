import { z } from 'zod'
import { readConfig } from '../../app/config.ts'
import { explainPackage, packageOfEvidence, withCatalogue, type Explanation } from '../../app/explain.ts'
import { vulnerabilityId } from '../../domain/ids.ts'
import { apiClient, apiClientSettings } from '../api-client.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { explanationLines } from '../render/explanation.ts'
import { networkPathLines, networkPathShape } from '../render/network-path.ts'
import { plainText } from '../render/plain-text.ts'

const evidence = z.object({
  advisoryId: z.string(),
  feed: z.string(),
  namespace: z.string(),
  comparedName: z.string(),
  comparedVersion: z.string(),
  range: z.string(),
  fixedVersion: z.string().nullable(),
  state: z.string().optional(),
})

const inspectorScore = z.object({
  score: z.number(),
  vector: z.string(),
  source: z.string(),
  base: z.object({ score: z.number(), vector: z.string() }),
  adjustments: z.array(z.object({ metric: z.string(), reason: z.string() })),
  exposure: z.string().nullable(),
})

const answer = z.object({
  // Absent in the answers of servers that know package findings alone.
  findingType: z.string().optional(),
  findingArn: z.string(),
  status: z.string(),
  // Absent in the answers of earlier servers.
  firstObservedAt: z.string().optional(),
  lastObservedAt: z.string().optional(),
  closedAt: z.string().nullish(),
  closeReason: z.string().nullish(),
  resourceId: z.string(),
  title: z.string().optional(),
  // Absent in the answers of servers before platforms ended.
  description: z.string().optional(),
  recommendation: z.string().nullish(),
  vulnerabilityId: z.string().optional(),
  vulnerablePackages: z
    .array(
      z.object({
        name: z.string(),
        version: z.string(),
        release: z.string().nullable(),
        foundIn: z.string(),
        evidence: z.array(evidence),
      }),
    )
    .default([]),
  inspectorScore: inspectorScore.nullish(),
  networkPath: networkPathShape.optional(),
})

type StoredFinding = z.infer<typeof answer>

/** What `--format json` prints. (docs/reference/explain.md) */
export interface ExplainedFinding {
  readonly finding: StoredFinding
  readonly explanations: readonly Explanation[]
}

/**
 * `openinspector explain FINDING-ARN`: the evidence that the server stored, and beside it what the advisories of this
 * machine say today about what was compared then.
 */
export async function explainFinding(
  arn: string,
  options: { readonly format: 'table' | 'json'; readonly url?: string },
  output: Output,
): Promise<ExitCode> {
  const config = readConfig(process.env, process.stderr.isTTY)
  const settings = apiClientSettings(process.env, options.url)
  if (!config.ok || !settings.ok) {
    output.note(plainText(config.ok ? (settings.ok ? '' : settings.error) : config.error))
    return EXIT_CODES.usage
  }
  const asked = await apiClient(settings.value).post('/openinspector/findings/explain', { findingArn: arn })
  if (!asked.ok) {
    output.note(plainText(asked.error))
    return EXIT_CODES.failed
  }
  const finding = answer.safeParse(asked.value)
  if (!finding.success) {
    output.note('The server answered with something that is no evidence. Is it of another version?')
    return EXIT_CODES.failed
  }
  const explanations = await explainedNow(finding.data, config.value.home)
  for (const line of unexplained(finding.data)) output.note(plainText(line))
  const explained: ExplainedFinding = { finding: finding.data, explanations }
  if (options.format === 'json') output.print(JSON.stringify(explained, null, 2))
  else for (const line of findingLines(finding.data, explanations, output)) output.print(line)
  return EXIT_CODES.done
}

/** One explanation for each thing that was compared, whichever packages and advisories led to it. */
function explainedNow(finding: StoredFinding, home: string): Promise<readonly Explanation[]> {
  const compared = new Map(
    finding.vulnerablePackages
      .flatMap(pkg => pkg.evidence)
      .map(each => [`${each.namespace}\n${each.comparedName}\n${each.comparedVersion}`, each]),
  )
  const id = vulnerabilityId(finding.vulnerabilityId ?? '')
  return withCatalogue(home, open =>
    [...compared.values()].flatMap(each => {
      const pkg = packageOfEvidence(each)
      return pkg === null ? [] : [explainPackage(pkg, id, id, open)]
    }),
  )
}

const CLOSE_REASONS: ReadonlyMap<string, string> = new Map([
  ['remediated', 'the package is gone or fixed, or the advisories say otherwise'],
  ['resource-gone', 'the resource is gone'],
  ['not-eligible', 'the resource is not scanned any more'],
])

/** When the finding was seen, and why it is not among the active ones. */
function lifeLines(finding: StoredFinding): string[] {
  const { status, firstObservedAt, lastObservedAt, closedAt, closeReason } = finding
  const lines: string[] = []
  if (firstObservedAt !== undefined && lastObservedAt !== undefined) {
    lines.push(`Seen first ${seconds(firstObservedAt)}, last ${seconds(lastObservedAt)}`)
  }
  if (status === 'SUPPRESSED') lines.push('A suppression rule hides it: what was detected stands.')
  if (closedAt !== null && closedAt !== undefined) {
    const why = closeReason ?? 'no reason is stored'
    const isPath = finding.networkPath !== undefined && why === 'remediated'
    const inWords = isPath ? 'no such path is open any more' : (CLOSE_REASONS.get(why) ?? why)
    lines.push(`Closed ${seconds(closedAt)}: ${inWords}`)
  }
  return lines.map(line => `  ${plainText(line)}`)
}

/** What the context of an instance made of its base score; nothing where it made nothing of it. */
function scoreLines({ inspectorScore: score }: StoredFinding): string[] {
  if (!score || score.adjustments.length === 0) return []
  return [
    `Inspector score ${score.score.toFixed(1)}, base score ${score.base.score.toFixed(1)} of ${score.source}`,
    ...score.adjustments.map(({ metric, reason }) => `  ${metric}: ${reason}`),
    `  ${score.vector}`,
  ].map(line => `  ${plainText(line)}`)
}

/** An RFC 3339 time without its fraction. */
function seconds(time: string): string {
  return `${time.slice(0, 19)}Z`
}

/** What cannot be looked up again is named, never passed over. */
function unexplained({ vulnerablePackages }: StoredFinding): string[] {
  return vulnerablePackages.flatMap(pkg => {
    if (pkg.evidence.length === 0) return [`No evidence is stored for ${pkg.name} ${pkg.version}.`]
    const unknown = pkg.evidence.find(each => packageOfEvidence(each) === null)
    return unknown === undefined
      ? []
      : [`This version of openinspector has no namespace ${unknown.namespace}, of ${pkg.name}.`]
  })
}

function findingLines(finding: StoredFinding, explanations: readonly Explanation[], output: Output): string[] {
  const about = finding.vulnerabilityId ?? finding.title ?? finding.findingType ?? 'A finding'
  const head = [
    plainText(`${about} on ${finding.resourceId}: ${finding.status}`),
    ...lifeLines(finding),
    ...scoreLines(finding),
  ]
  const advice = finding.recommendation ? [plainText(finding.recommendation), ''] : []
  if (finding.networkPath !== undefined) {
    return [...head, '', plainText(finding.description ?? ''), '', ...advice, ...networkPathLines(finding.networkPath)]
  }
  // What concerns the whole system was compared with nothing: its words are the evidence.
  if (finding.vulnerablePackages.length === 0) return [...head, '', plainText(finding.description ?? ''), '', ...advice]
  return [
    ...head,
    '',
    ...advice,
    'Stored evidence',
    ...finding.vulnerablePackages.flatMap(pkg => [
      plainText(
        `  ${pkg.name} ${pkg.version}${pkg.release === null ? '' : `-${pkg.release}`}, found in ${pkg.foundIn}`,
      ),
      ...pkg.evidence.map(each => {
        const fix = each.fixedVersion === null ? 'no fix known' : `fixed in ${each.fixedVersion}`
        const state = each.state === undefined ? '' : `, ${each.state}`
        const what = `${each.namespace} ${each.comparedName} ${each.comparedVersion}`
        return plainText(`    ${each.advisoryId} (${each.feed}): ${what} in ${each.range}, ${fix}${state}`)
      }),
    ]),
    '',
    'What the advisories of this machine say now',
    ...(explanations.some(({ outcome }) => outcome !== 'affected')
      ? ['  The advisories of this machine say otherwise than when the finding was stored.']
      : []),
    '',
    ...explanations.flatMap(explained => [...explanationLines(explained, output.table.colour), '']),
  ]
}
