/**
 * Findings that are about no package: their key stands in a column of its own, so that no id that a feed makes up can be
 * taken for one. What only some findings have is null in the others. In `buried_generations` both kinds of keys may meet:
 * all that comes of it is a generation that is skipped.
 */
export const networkFindings = {
  name: '2026-11-25-network-findings',
  sql: `
alter table findings
  alter column vulnerability_id drop not null,
  alter column vulnerability_source drop not null,
  alter column fix_available drop not null,
  add column finding_type text collate "C" not null default 'PACKAGE_VULNERABILITY',
  add column network_key text collate "C",
  add column network_protocol text collate "C",
  add column port_begin integer,
  add column port_end integer,
  add column edge_type text collate "C",
  add column component_ids text[] not null default '{}',
  add column component_types text[] not null default '{}',
  add column instance_image_id text collate "C",
  add column instance_vpc_id text collate "C",
  add column instance_subnet_id text collate "C";
create index findings_by_type on findings (region, account_id, finding_type, finding_id);
create index findings_by_protocol on findings (region, account_id, network_protocol, finding_id);
create index findings_by_edge_type on findings (region, account_id, edge_type, finding_id);
alter table buried_generations rename column vulnerability_id to finding_key;
`,
}
