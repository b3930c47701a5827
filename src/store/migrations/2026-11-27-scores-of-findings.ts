import { accountPolicy } from './account-policy.ts'

/**
 * What moves while a finding stays what it is (how it is scored, EPSS, exposure, use, and the risk that follows) as a narrow
 * row of its own: rows of `findings` have some twenty index entries, and each update of one writes all of them anew.
 * `vulnerability_id` and `is_open` are said once more for the walk across accounts that refreshes EPSS. `scoring` is the
 * score with its vector where it is newer than the document, `null` where the document says it. The weights are those of
 * `findings/risk/risk-order.ts`; other weights are another migration.
 *
 * Both tables are joined by their keys. Until a server has looked at them for the first time, it takes two constants in a
 * condition for nearly unique, and compares each row of one with all rows of the other. The rows that come and go at the end
 * teach it that an account in a Region may have many, also of one status or severity, and a resource or a vulnerability few.
 *
 * Indexes of what most findings lack hold the others alone: the rest is found by what goes with the lack.
 * (finding-order.ts)
 */
export const scoresOfFindings = {
  name: '2026-11-27-scores-of-findings',
  sql: `
create table finding_scores (
  region text collate "C" not null,
  account_id text collate "C" not null,
  finding_id uuid not null,
  vulnerability_id text collate "C",
  is_open boolean not null,
  severity text collate "C" not null,
  severity_rank smallint not null,
  score double precision,
  scoring text,
  exploit_available text collate "C",
  epss_score double precision,
  known_exploited boolean not null,
  exposure text collate "C",
  in_use boolean,
  last_observed_at bigint not null,
  updated_at bigint not null,
  risk integer generated always as ((
    case when score is not null then round(score * 10)
      else case severity when 'CRITICAL' then 95 when 'HIGH' then 80 when 'MEDIUM' then 55 when 'UNTRIAGED' then 50
        when 'LOW' then 20 else 0 end end
    + case when known_exploited then 60 when exploit_available = 'YES' then 15 else 0 end
    + floor(coalesce(epss_score, 0) * 40)
    + case exposure when 'internet' then 20 when 'connected-networks' then 5 when 'none' then 0 else 10 end
    + case when in_use then 15 when in_use is null then 5 else 0 end
  )::integer) stored,
  primary key (region, account_id, finding_id)
);

select set_config('openinspector.accounts', '*', true);
insert into finding_scores (region, account_id, finding_id, vulnerability_id, is_open, severity, severity_rank, score,
  exploit_available, epss_score, known_exploited, exposure, in_use, last_observed_at, updated_at)
select region, account_id, finding_id, vulnerability_id, status <> 'CLOSED', severity, severity_rank, score,
  exploit_available, epss_score, known_exploited, exposure, in_use, last_observed_at, updated_at from findings;

create index finding_scores_by_severity on finding_scores (region, account_id, severity_rank, finding_id);
create index finding_scores_by_score on finding_scores (region, account_id, score, finding_id);
create index finding_scores_by_last_observed on finding_scores (region, account_id, last_observed_at, finding_id);
create index finding_scores_by_epss on finding_scores (region, account_id, epss_score, finding_id);
create index finding_scores_by_risk on finding_scores (region, account_id, risk, finding_id);
create index finding_scores_open_by_vulnerability on finding_scores (vulnerability_id, epss_score, exploit_available)
  where is_open;
${accountPolicy('finding_scores')}

alter table findings drop column risk;
alter table findings
  drop column severity, drop column severity_rank, drop column score, drop column exploit_available,
  drop column epss_score, drop column known_exploited, drop column exposure, drop column in_use,
  drop column last_observed_at, drop column updated_at;

drop index findings_by_repository;
drop index findings_by_registry;
drop index findings_by_protocol;
create index findings_by_repository on findings (region, account_id, image_repository, finding_id)
  where image_repository is not null;
create index findings_by_registry on findings (region, account_id, image_registry, finding_id)
  where image_registry is not null;
create index findings_by_protocol on findings (region, account_id, network_protocol, finding_id)
  where network_protocol is not null;

alter table findings alter column region set (n_distinct = 1), alter column account_id set (n_distinct = 1),
  alter column status set (n_distinct = 3);
alter table finding_scores alter column region set (n_distinct = 1), alter column account_id set (n_distinct = 1),
  alter column severity set (n_distinct = 6);
insert into findings (region, account_id, finding_id, generation, arn, status, title, related, resource_id, resource_type,
  image_tags, resource_tags, packages, first_observed_at, document, vulnerability_id)
select 'any-' || at, at::text, md5('any-' || at)::uuid, 1, '', 'any-' || at, '', '{}', 'any-' || at, '', '{}', '{}', '[]', 0,
  '', 'any-' || at
from generate_series(1, 300) as any_row (at);
insert into finding_scores (region, account_id, finding_id, is_open, severity, severity_rank, known_exploited,
  last_observed_at, updated_at)
select region, account_id, finding_id, false, region, 0, false, 0, 0 from findings where region like 'any-%';
analyze findings (region, account_id, status, resource_id, vulnerability_id);
analyze finding_scores (region, account_id, severity);
delete from finding_scores where region like 'any-%';
delete from findings where region like 'any-%';
`,
}
