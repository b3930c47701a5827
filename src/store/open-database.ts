import { silentLog, type Log } from '../base/log.ts'
import type { Database } from './database.ts'
import { openPgliteDatabase } from './pglite-database.ts'
import { openPostgresDatabase } from './postgres-database.ts'

/** Opens the embedded database in `directory`, or the server at `url`, and brings its schema up to date. */
export function openDatabase(
  place: { readonly directory: string } | { readonly url: string; readonly poolSize?: number; readonly log?: Log },
): Promise<Database> {
  return 'url' in place ? openPostgresDatabase({ log: silentLog, ...place }) : openPgliteDatabase(place)
}
