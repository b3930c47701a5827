import { accountPolicy } from './account-policy.ts'

/**
 * Conventions of every table:
 * - What belongs to a scope leads with (region, account_id): the distribution key of sharded servers, and what row-level
 *   security compares. `openinspector.accounts` is set by each transaction: `*`, or account ids with commas. Unset, it
 *   shows nothing.
 * - Times are milliseconds since 1970 (`Instant`), so that no date of a hostile manifest can fail to be stored.
 * - Text sorts by code point (collation C), the same on every server.
 * - `document` is the domain value as JSON text. It is text and not jsonb because jsonb refuses NUL and lone surrogates,
 *   which hostile names may hold; columns beside it exist to be filtered and sorted, with such characters replaced.
 */
const SCOPED_TABLES = [
  'account_scan_types',
  'access_keys',
  'registries',
  'resources',
  'inventories',
  'findings',
  'finding_history',
  'outbox',
]

const TABLES = `
create table accounts (
  account_id text collate "C" primary key,
  created_at bigint not null
);

create table account_scan_types (
  region text collate "C" not null,
  account_id text collate "C" not null,
  scan_type text collate "C" not null,
  status text collate "C" not null,
  updated_at bigint not null,
  primary key (region, account_id, scan_type)
);
create index account_scan_types_by_status on account_scan_types (scan_type, status);

create table access_keys (
  account_id text collate "C" not null,
  id text collate "C" primary key,
  sealed_secret text not null,
  description text,
  status text collate "C" not null,
  created_at bigint not null
);
create index access_keys_by_account on access_keys (account_id);

create table registries (
  region text collate "C" not null,
  account_id text collate "C" not null,
  id text collate "C" not null,
  url text collate "C" not null,
  sealed_credentials text,
  sealed_webhook_token text not null,
  poll_interval_seconds integer not null,
  created_at bigint not null,
  last_polled_at bigint,
  last_error text,
  primary key (region, account_id, id),
  unique (region, account_id, url)
);
create unique index registries_by_id on registries (id);

create table inventories (
  region text collate "C" not null,
  account_id text collate "C" not null,
  hash text collate "C" not null,
  content bytea not null,
  touched_at timestamptz not null default now(),
  primary key (region, account_id, hash)
);
alter table inventories alter column content set storage external;

create table resources (
  region text collate "C" not null,
  account_id text collate "C" not null,
  resource_id text collate "C" not null,
  resource_type text collate "C" not null,
  registry text collate "C",
  repository text collate "C",
  image_tags text[] not null,
  tags jsonb not null,
  document text not null,
  status_code text collate "C" not null,
  reason text collate "C" not null,
  coverage text not null,
  last_scanned_at bigint,
  inventory_hash text collate "C",
  advisory_version text,
  retired boolean not null,
  primary key (region, account_id, resource_id)
);
create index resources_by_repository on resources (region, account_id, registry, repository, resource_id)
  where not retired and registry is not null;
create index resources_by_inventory on resources (region, account_id, inventory_hash);

create table findings (
  region text collate "C" not null,
  account_id text collate "C" not null,
  finding_id uuid not null,
  generation integer not null,
  arn text collate "C" not null,
  status text collate "C" not null,
  severity text collate "C" not null,
  severity_rank smallint not null,
  score double precision,
  title text collate "C" not null,
  fix_available text collate "C" not null,
  vulnerability_id text collate "C" not null,
  vulnerability_source text collate "C" not null,
  vendor_severity text collate "C",
  related text[] not null,
  resource_id text collate "C" not null,
  resource_type text collate "C" not null,
  image_architecture text collate "C",
  image_registry text collate "C",
  image_repository text collate "C",
  image_tags text[] not null,
  image_hash text collate "C",
  image_pushed_at bigint,
  resource_tags jsonb not null,
  packages jsonb not null,
  first_observed_at bigint not null,
  last_observed_at bigint not null,
  updated_at bigint not null,
  closed_at bigint,
  close_reason text collate "C",
  document text not null,
  primary key (region, account_id, finding_id)
);
create index findings_of_resource on findings (region, account_id, resource_id, vulnerability_id, generation);
create index findings_by_severity on findings (region, account_id, severity_rank, finding_id);
create index findings_by_score on findings (region, account_id, score, finding_id);
create index findings_by_first_observed on findings (region, account_id, first_observed_at, finding_id);
create index findings_by_last_observed on findings (region, account_id, last_observed_at, finding_id);
create index findings_by_status on findings (region, account_id, status, finding_id);
create index findings_by_vulnerability on findings (region, account_id, vulnerability_id, finding_id);
create index findings_by_source on findings (region, account_id, vulnerability_source, finding_id);
create index findings_by_vendor_severity on findings (region, account_id, vendor_severity, finding_id);
create index findings_by_resource_type on findings (region, account_id, resource_type, finding_id);
create index findings_by_repository on findings (region, account_id, image_repository, finding_id);
create index findings_by_registry on findings (region, account_id, image_registry, finding_id);
create index findings_by_pushed on findings (region, account_id, image_pushed_at, finding_id);
create index findings_closed on findings (closed_at) where closed_at is not null;

create table finding_history (
  region text collate "C" not null,
  account_id text collate "C" not null,
  finding_id uuid not null,
  seq bigint generated always as identity,
  change text collate "C" not null,
  at bigint not null,
  document text not null,
  primary key (region, account_id, finding_id, seq)
);

create table outbox (
  region text collate "C" not null,
  account_id text collate "C" not null,
  seq bigint not null,
  finding_id uuid not null,
  created_at timestamptz not null default now(),
  taken_until timestamptz,
  primary key (region, account_id, seq)
);
create index outbox_in_order on outbox (seq);

-- What a layer holds follows from its content alone, so that accounts may share it.
create table layer_records (
  diff_id text collate "C" not null,
  revision text collate "C" not null,
  content bytea not null,
  used_at timestamptz not null default now(),
  primary key (diff_id, revision)
);
alter table layer_records alter column content set storage external;
create index layer_records_by_use on layer_records (used_at);
`

const POLICIES = SCOPED_TABLES.map(accountPolicy).join('\n')

export const firstTables = { name: '2026-11-23-first-tables', sql: TABLES + POLICIES }
