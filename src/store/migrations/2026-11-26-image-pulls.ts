/** When images were last pulled, as their registry says. Apart from the documents: neither a scan nor a finding depends on it. */
export const imagePulls = {
  name: '2026-11-26-image-pulls',
  sql: `
alter table resources add column image_pulled_at bigint;
`,
}
