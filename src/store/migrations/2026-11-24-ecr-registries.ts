/** Registries of Amazon ECR, with the role that reads them, and which platforms of a registry are scanned. */
export const ecrRegistries = {
  name: '2026-11-24-ecr-registries',
  sql: `
alter table registries
  add column sealed_ecr text,
  add column platforms text[] not null default '{}';
`,
}
