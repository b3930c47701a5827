import { accountPolicy } from './account-policy.ts'

/**
 * Machines with an agent: who they are, the hash of their token, and which of their inventories is stored. The sequence
 * stands at the resource too, where it is read under the lock that orders its inventories.
 */
export const agentHosts = {
  name: '2026-11-24-agent-hosts',
  sql: `
create table agent_hosts (
  region text collate "C" not null,
  account_id text collate "C" not null,
  id text collate "C" not null,
  name text not null,
  resource_id text collate "C" not null,
  token_hash text not null,
  created_at bigint not null,
  machine_key text,
  identity text,
  last_seen_at bigint,
  silence_noted boolean not null default false,
  sequence bigint not null default 0,
  inventory_hash text,
  runtime_hash text,
  runtime bytea,
  primary key (region, account_id, id)
);
create unique index agent_hosts_by_id on agent_hosts (id);
create unique index agent_hosts_by_resource on agent_hosts (region, account_id, resource_id);
create index agent_hosts_by_last_seen on agent_hosts (last_seen_at) where not silence_noted;
alter table resources add column report_sequence bigint;
${accountPolicy('agent_hosts')}
`,
}
