import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { sql } from 'kysely'
import type { Scope } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import type { Statements } from './database.ts'

/** Fastest level that still makes package lists several times smaller. */
const GZIP_LEVEL = 3
/** Largest unpacked content in bytes that is read back: far above what the scanner's own limits let in. */
const CONTENT_LIMIT_BYTES = 2 ** 30

const pack = promisify(gzip)
const unpack = promisify(gunzip)

/** JSON text, compressed. */
export function packText(text: string): Promise<Buffer> {
  return pack(text, { level: GZIP_LEVEL })
}

export async function unpackText(content: Uint8Array): Promise<string> {
  return (await unpack(content, { maxOutputLength: CONTENT_LIMIT_BYTES })).toString('utf8')
}

/**
 * Stores an inventory under the hash of its content, once however many resources of the scope share it, and returns
 * the hash. Touching the row keeps the sweep of unused inventories away until this transaction has ended.
 */
export async function storeInventory(statements: Statements, scope: Scope, inventory: Inventory): Promise<string> {
  const text = JSON.stringify(inventory)
  const hash = createHash('sha256').update(text).digest('hex')
  const known = await statements.rows(sql`
    update inventories set touched_at = now()
    where region = ${scope.region} and account_id = ${scope.accountId} and hash = ${hash} returning hash`)
  if (known.length > 0) return hash
  await statements.rows(sql`
    insert into inventories (region, account_id, hash, content)
    values (${scope.region}, ${scope.accountId}, ${hash}, ${await packText(text)})
    on conflict (region, account_id, hash) do update set touched_at = now()`)
  return hash
}

export async function readInventory(statements: Statements, scope: Scope, hash: string): Promise<Inventory> {
  const [row] = await statements.rows<{ content: Uint8Array }>(sql`
    select content from inventories
    where region = ${scope.region} and account_id = ${scope.accountId} and hash = ${hash}`)
  if (row === undefined) throw new Error(`the inventory ${hash} of ${scope.accountId} in ${scope.region} is missing`)
  return JSON.parse(await unpackText(row.content)) as Inventory
}

/** Deletes inventories that no resource has had for an hour: longer than any transaction that may still point at one. */
export async function sweepInventories(statements: Statements): Promise<void> {
  await statements.rows(sql`
    delete from inventories i where touched_at < now() - interval '1 hour' and not exists (
      select from resources r
      where r.region = i.region and r.account_id = i.account_id and r.inventory_hash = i.hash)`)
}
