import { accountPolicy } from './account-policy.ts'

/** Accounts and Regions whose networks are evaluated, with the role that describes them. */
export const networkWatches = {
  name: '2026-11-26-network-watches',
  sql: `
create table network_watches (
  region text collate "C" not null,
  account_id text collate "C" not null,
  sealed_access text not null,
  created_at bigint not null,
  last_evaluated_at bigint,
  last_error text,
  primary key (region, account_id)
);
create index network_watches_by_evaluation on network_watches (last_evaluated_at);
${accountPolicy('network_watches')}
`,
}
