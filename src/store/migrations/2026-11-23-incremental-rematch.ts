import { accountPolicy } from './account-policy.ts'

/**
 * What it takes to match again only what a new advisory can change.
 * - `inventory_subjects`: which inventories hold a name. The names are hashed together with their scope, so that one GIN
 *   index, whose lists of inventories are compressed, serves all scopes and leads from a scope's name to that scope's
 *   inventories alone. Row-level security would keep the planner from using it (the array operator is not leakproof), so
 *   the table has none: it holds no names, and what it leads to is bound.
 * - `matched_versions`: the advisories that the findings of a scope agree with, once everything that is due is done.
 *   Whoever commits findings holds the row shared, whoever moves it exclusively: nobody slips in between.
 * - `rematches_due`, `redescriptions_due`: what a new version made due, written in the transaction that moves the version.
 */
export const incrementalRematch = {
  name: '2026-11-23-incremental-rematch',
  sql: `
alter table inventories add column subjects_revision integer not null default 0;
create index inventories_by_subjects_revision on inventories (region, account_id, subjects_revision);

create table inventory_subjects (
  region text collate "C" not null,
  account_id text collate "C" not null,
  inventory_hash text collate "C" not null,
  subjects bigint[] not null,
  primary key (region, account_id, inventory_hash)
);
create index inventory_subjects_by_subject on inventory_subjects using gin (subjects) with (fastupdate = off);

create table matched_versions (
  region text collate "C" not null,
  account_id text collate "C" not null,
  version text collate "C",
  primary key (region, account_id)
);

create table rematches_due (
  region text collate "C" not null,
  account_id text collate "C" not null,
  resource_id text collate "C" not null,
  inventory_hash text collate "C" not null,
  primary key (region, account_id, resource_id)
);
create index rematches_due_by_inventory on rematches_due (region, account_id, inventory_hash, resource_id);

create table redescriptions_due (
  region text collate "C" not null,
  account_id text collate "C" not null,
  vulnerability_id text collate "C" not null,
  primary key (region, account_id, vulnerability_id)
);

select set_config('openinspector.accounts', '*', true);
insert into matched_versions (region, account_id, version) select distinct region, account_id, null from resources;
${['matched_versions', 'rematches_due', 'redescriptions_due'].map(accountPolicy).join('\n')}
`,
}
