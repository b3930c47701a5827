/**
 * What the risk order weighs beside score, severity and EPSS, as columns that are refreshed without touching documents, and
 * the risk itself: the database computes it, whichever of them moves. A column and not an expression of the index, because
 * row-level security keeps functions that are not leakproof out of index conditions, and pages would start from the top.
 * It says in SQL what `findings/risk/risk-order.ts` says in code: a test compares them. Other weights are another migration.
 */
export const riskOfFindings = {
  name: '2026-11-25-risk-of-findings',
  sql: `
alter table findings
  add column exposure text collate "C",
  add column known_exploited boolean not null default false,
  add column in_use boolean;
select set_config('openinspector.accounts', '*', true);
update findings set known_exploited = true where status <> 'CLOSED' and document like '%"kev":{%';
alter table findings add column risk integer generated always as ((
  case when score is not null then round(score * 10)
    else case severity when 'CRITICAL' then 95 when 'HIGH' then 80 when 'MEDIUM' then 55 when 'UNTRIAGED' then 50
      when 'LOW' then 20 else 0 end end
  + case when known_exploited then 60 when exploit_available = 'YES' then 15 else 0 end
  + floor(coalesce(epss_score, 0) * 40)
  + case exposure when 'internet' then 20 when 'connected-networks' then 5 when 'none' then 0 else 10 end
  + case when in_use then 15 when in_use is null then 5 else 0 end
)::integer) stored;
create index findings_by_risk on findings (region, account_id, risk, finding_id);
`,
}
