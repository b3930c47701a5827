import { accountPolicy } from './account-policy.ts'

/**
 * The highest generation of findings that retention deleted, so that an ARN is given once: what comes back goes on
 * counting. One small row per resource and vulnerability, kept for long and then deleted too. `resource_key` is the MD5
 * of the id, which for images is four times as long.
 */
export const buriedGenerations = {
  name: '2026-11-23-buried-generations',
  sql: `
create table buried_generations (
  region text collate "C" not null,
  account_id text collate "C" not null,
  resource_key uuid not null,
  vulnerability_id text collate "C" not null,
  generation integer not null,
  buried_at bigint not null,
  primary key (region, account_id, resource_key, vulnerability_id)
);
create index buried_generations_by_age on buried_generations (buried_at);
${accountPolicy('buried_generations')}
`,
}
