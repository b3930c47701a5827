/** Notices of changes of a watched network: the token that they come with, as a hash, and what became of them. */
export const networkEvents = {
  name: '2026-11-27-network-events',
  sql: `
alter table network_watches
  add column event_token_hash text,
  add column events_taken bigint not null default 0,
  add column events_ignored bigint not null default 0,
  add column last_event_at bigint;
`,
}
