import { sql } from 'kysely'
import type { LayerCache, LayerRecord } from '../inventory/layer-cache.ts'
import type { Database } from './database.ts'
import { packText, unpackText } from './inventory-content.ts'

/** Days that a layer stays after it was last asked for. */
const KEEP_UNUSED_DAYS = 30

/** Layers in PostgreSQL, shared by all workers; each `put` also drops a few that nobody asks for any more. */
export function pgLayerCache(database: Database): LayerCache {
  return {
    async get(blob, revision) {
      const [row] = await database.transaction('all', async statements => {
        const rows = await statements.rows<{ content: Uint8Array; is_stale: boolean }>(sql`
          select content, used_at < now() - interval '1 day' as is_stale from layer_records
          where blob = ${blob} and revision = ${revision}`)
        if (rows[0]?.is_stale === true) {
          await statements.rows(sql`
            update layer_records set used_at = now() where blob = ${blob} and revision = ${revision}`)
        }
        return rows
      })
      return row === undefined ? null : readRecord(row.content)
    },

    async put(record) {
      const content = await packText(JSON.stringify(record))
      await database.transaction('all', async statements => {
        await statements.rows(sql`
          insert into layer_records (blob, revision, content) values (${record.blob}, ${record.revision}, ${content})
          on conflict (blob, revision) do update set content = excluded.content, used_at = now()`)
        await statements.rows(sql`
          delete from layer_records where (blob, revision) in (
            select blob, revision from layer_records
            where used_at < now() - ${KEEP_UNUSED_DAYS} * interval '1 day'
            order by used_at limit 10 for update skip locked)`)
      })
    },
  }
}

/** Written by `put`; an entry that cannot be read is as good as none. */
async function readRecord(content: Uint8Array): Promise<LayerRecord | null> {
  try {
    return JSON.parse(await unpackText(content)) as LayerRecord
  } catch {
    return null
  }
}
