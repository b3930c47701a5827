/**
 * EPSS and exploit knowledge as columns of their own: they are refreshed for all findings of a vulnerability together,
 * without touching the documents. The index by vulnerability across accounts is what that refresh walks.
 */
export const signalsOfFindings = {
  name: '2026-11-23-signals-of-findings',
  sql: `
alter table findings
  add column exploit_available text collate "C",
  add column epss_score double precision;
create index findings_by_epss on findings (region, account_id, epss_score, finding_id);
create index findings_open_by_vulnerability on findings (vulnerability_id, epss_score, exploit_available)
  where status <> 'CLOSED';
`,
}
