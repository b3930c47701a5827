/** Layers go by the blob that they were read from; those that went by a diffID are read anew. */
export const layersByBlob = {
  name: '2026-11-27-layers-by-blob',
  sql: `
delete from layer_records;
alter table layer_records rename column diff_id to blob;
`,
}
