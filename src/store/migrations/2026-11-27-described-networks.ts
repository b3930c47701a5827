import { accountPolicy } from './account-policy.ts'

/** What AWS last described of each watched network, call by call; what it is to be asked again; and the last evaluation. */
export const describedNetworks = {
  name: '2026-11-27-described-networks',
  sql: `
create table network_descriptions (
  region text collate "C" not null,
  account_id text collate "C" not null,
  described_at bigint,
  failure_reason text,
  failure_detail text,
  primary key (region, account_id)
);
${accountPolicy('network_descriptions')}
create table network_description_parts (
  region text collate "C" not null,
  account_id text collate "C" not null,
  call text collate "C" not null,
  part integer not null,
  sealed text not null,
  primary key (region, account_id, call, part)
);
${accountPolicy('network_description_parts')}
create table network_requests (
  region text collate "C" not null,
  account_id text collate "C" not null,
  call text collate "C" not null,
  mark bigint not null,
  primary key (region, account_id, call)
);
${accountPolicy('network_requests')}
create sequence network_request_marks;
create table network_evaluation (
  is_one boolean primary key default true check (is_one),
  id text not null
);
`,
}
