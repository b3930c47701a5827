import { z } from 'zod'
import { SEVERITIES } from '../../domain/severity.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { paintSeverity } from '../render/colour.ts'
import { plainText } from '../render/plain-text.ts'
import { renderTable } from '../render/table.ts'
import { ask } from './ask.ts'

export interface FindingsOptions {
  readonly sort: 'risk' | 'severity' | 'score' | 'epss'
  readonly status: 'ACTIVE' | 'SUPPRESSED' | 'CLOSED'
  readonly type?: 'package' | 'network'
  readonly resource?: string
  readonly limit: number
  readonly format: 'table' | 'json'
  readonly url?: string
}

const listed = z.looseObject({
  finding: z.looseObject({
    findingArn: z.string(),
    title: z.string(),
    severity: z.enum(SEVERITIES),
    inspectorScore: z.number().optional(),
    resources: z.array(z.looseObject({ id: z.string() })),
  }),
  risk: z.object({
    points: z.number(),
    parts: z.array(z.object({ factor: z.string(), points: z.number(), because: z.string() })),
  }),
})

const answer = z.object({ findings: z.array(listed), nextToken: z.string().nullish() })

const TYPES = { package: 'PACKAGE_VULNERABILITY', network: 'NETWORK_REACHABILITY' } as const

/** Findings that one request asks for: the most that the server gives. */
const PAGE = 100

/** `openinspector findings`: what to look at first, with what makes it so. (docs/reference/score.md) */
export async function showFindings(options: FindingsOptions, output: Output): Promise<ExitCode> {
  const rows: z.infer<typeof listed>[] = []
  let nextToken: string | null = null
  do {
    let next: string | null = null
    const body: object = {
      sort: options.sort,
      findingStatus: options.status,
      maxResults: Math.min(options.limit - rows.length, PAGE),
      ...(options.type === undefined ? {} : { findingType: TYPES[options.type] }),
      ...(options.resource === undefined ? {} : { resourceId: options.resource }),
      ...(nextToken === null ? {} : { nextToken }),
    }
    const code = await ask(
      options.url,
      output,
      client => client.post('/openinspector/findings/list', body),
      answer,
      page => {
        rows.push(...page.findings)
        next = page.nextToken ?? null
      },
    )
    if (code !== EXIT_CODES.done) return code
    nextToken = next
  } while (nextToken !== null && rows.length < options.limit)

  if (options.format === 'json') {
    output.print(JSON.stringify(rows, null, 2))
    return EXIT_CODES.done
  }
  if (rows.length === 0) {
    output.print(`No ${options.status.toLowerCase()} findings.`)
    return EXIT_CODES.done
  }
  for (const line of tableOf(rows, output)) output.print(line)
  if (nextToken !== null) output.note(plainText(`The first ${rows.length}; --limit shows more.`))
  return EXIT_CODES.done
}

function tableOf(rows: readonly z.infer<typeof listed>[], output: Output): readonly string[] {
  return renderTable(
    rows,
    [
      { title: 'Risk', text: ({ risk }) => String(risk.points), minWidth: 4 },
      {
        title: 'Severity',
        text: ({ finding }) => finding.severity,
        minWidth: 8,
        paint: ({ finding }, cell) => paintSeverity(finding.severity, cell),
      },
      { title: 'Score', text: ({ finding }) => finding.inspectorScore?.toFixed(1) ?? '-', minWidth: 5 },
      { title: 'Finding', text: ({ finding }) => finding.title, minWidth: 24 },
      { title: 'Resource', text: ({ finding }) => finding.resources[0]?.id ?? '', minWidth: 19 },
      {
        title: 'Because',
        text: ({ risk }) => risk.parts.map(({ points, because }) => `${because} +${points}`).join(', '),
        minWidth: 24,
      },
    ],
    output.table,
  )
}
