import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { sql } from 'kysely'
import type { Scope } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import { SUBJECTS_REVISION } from '../matching/subject.ts'
import type { Statements } from './database.ts'
import { indexInventory } from './inventory-subjects.ts'

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
    insert into inventories (region, account_id, hash, content, subjects_revision)
    values (${scope.region}, ${scope.accountId}, ${hash}, ${await packText(text)}, ${SUBJECTS_REVISION})
    on conflict (region, account_id, hash) do update set touched_at = now()`)
  await indexInventory(statements, scope, hash, inventory)
  return hash
}

export async function readInventory(statements: Statements, scope: Scope, hash: string): Promise<Inventory> {
  const inventory = (await readInventories(statements, scope, [hash])).get(hash)
  if (inventory === undefined)
    throw new Error(`the inventory ${hash} of ${scope.accountId} in ${scope.region} is missing`)
  return inventory
}

/** Those that are there, by hash; what an earlier version stored without an index of its names gets one now. */
export async function readInventories(
  statements: Statements,
  scope: Scope,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, Inventory>> {
  const rows = await statements.rows<{ hash: string; content: Uint8Array; subjects_revision: number }>(sql`
    select hash, content, subjects_revision from inventories
    where region = ${scope.region} and account_id = ${scope.accountId} and hash = any(${[...hashes]}::text[])`)
  const inventories = new Map<string, Inventory>()
  for (const { hash, content, subjects_revision: revision } of rows) {
    const inventory = JSON.parse(await unpackText(content)) as Inventory
    if (revision < SUBJECTS_REVISION) await indexInventory(statements, scope, hash, inventory)
    inventories.set(hash, inventory)
  }
  return inventories
}

/** Deletes inventories that no resource has had for an hour: longer than any transaction that may still point at one. */
export async function sweepInventories(statements: Statements): Promise<void> {
  await statements.rows(sql`
    with gone as (
      delete from inventories i where touched_at < now() - interval '1 hour' and not exists (
        select from resources r
        where r.region = i.region and r.account_id = i.account_id and r.inventory_hash = i.hash)
      returning region, account_id, hash
    )
    delete from inventory_subjects s using gone
    where s.region = gone.region and s.account_id = gone.account_id and s.inventory_hash = gone.hash`)
}
