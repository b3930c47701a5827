/** What each access key may do. Keys that were there before could do everything, and still can. */
export const rolesOfAccessKeys = {
  name: '2026-11-25-roles-of-access-keys',
  sql: `
alter table access_keys add column role text collate "C" not null default 'administrator'
  check (role in ('administrator', 'auditor', 'pipeline'));
`,
}
