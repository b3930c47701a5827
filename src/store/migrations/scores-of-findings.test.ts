import { PGlite } from '@electric-sql/pglite'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { aFinding } from '../../../test/support/builders.ts'
import { findingId, findingOf, DOCUMENT, FINDINGS, type FindingDocument } from '../finding-row.ts'
import { compile } from '../compile.ts'
import { scoresOfFindings } from './2026-11-27-scores-of-findings.ts'
import { MIGRATIONS } from './index.ts'
import { prepareSchema } from './prepare-schema.ts'

describe('the scores of findings', () => {
  it('are those that an earlier version stored, and risk and document say the same', async () => {
    const server = new PGlite()
    const finding = aFinding()
    const migrate = (upTo: number) =>
      prepareSchema(
        act =>
          server.transaction(transaction =>
            act(async (text, values) =>
              values === undefined
                ? { rows: (await transaction.exec(text)).flatMap(result => result.rows) }
                : { rows: (await transaction.query<Record<string, unknown>>(text, values)).rows },
            ),
          ),
        MIGRATIONS.slice(0, upTo),
      )
    const place = MIGRATIONS.indexOf(scoresOfFindings)
    try {
      await migrate(place)
      await server.exec("set search_path = openinspector; set openinspector.accounts = '*'")
      await server.query(
        `insert into findings (region, account_id, finding_id, generation, arn, status, severity, severity_rank, score, title,
           vulnerability_id, related, resource_id, resource_type, image_tags, resource_tags, packages, first_observed_at,
           last_observed_at, updated_at, exposure, epss_score, in_use, document)
         values ('eu-west-1', '111122223333', $1, 1, $2, 'ACTIVE', 'HIGH', 4, 7.5, '', 'CVE-2024-6119', '{}', 'r', 't',
           '{}', '{}', '[]', 0, 5, 7, 'internet', 0.5, true, $3)`,
        [findingId(finding.arn), finding.arn, JSON.stringify(finding)],
      )
      const before = (await server.query('select risk from findings')).rows

      await migrate(MIGRATIONS.length)

      const { text } = compile(sql`select ${DOCUMENT} from ${FINDINGS}`)
      const rows = (await server.query<FindingDocument>(text)).rows
      expect(rows.map(findingOf)).toEqual([
        {
          ...finding,
          lastObservedAt: 5,
          updatedAt: 7,
          detection: { ...finding.detection, exposure: 'internet', isInUse: true, epssScore: 0.5 },
        },
      ])
      expect((await server.query('select risk from finding_scores')).rows).toEqual(before)
      expect((await server.query('select count(*)::integer as count from findings')).rows).toEqual([{ count: 1 }])
    } finally {
      await server.close()
    }
  }, 30_000)
})
