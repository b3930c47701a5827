import { accountPolicy } from './account-policy.ts'

/** What evaluations of networks found out about instances: how far they are open, and their coverage of scan type NETWORK. */
export const instanceNetworks = {
  name: '2026-11-25-instance-networks',
  sql: `
create table instance_networks (
  region text collate "C" not null,
  account_id text collate "C" not null,
  resource_id text collate "C" not null,
  exposure text collate "C" not null,
  status_code text collate "C" not null,
  reason text collate "C" not null,
  coverage text not null,
  last_scanned_at bigint,
  primary key (region, account_id, resource_id)
);
${accountPolicy('instance_networks')}
`,
}
