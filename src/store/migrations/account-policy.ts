/**
 * Row-level security of a table that belongs to accounts. `force` binds the owner of the table too; the subqueries make
 * the setting be read once for each statement. Part of released migrations: never edit it.
 */
export function accountPolicy(table: string): string {
  return `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy accounts_of_the_caller on ${table} using (
  (select current_setting('openinspector.accounts', true)) = '*'
  or account_id = any ((select string_to_array(current_setting('openinspector.accounts', true), ','))::text[])
);`
}
