import { err, ok, type Result } from '../base/result.ts'

/** Where a page ended: the sort key of its last row (`null`: rows without one have begun) and the row's identity. */
export interface Position {
  readonly key: string | number | null
  readonly accountId: string
  readonly id: string
}

/** Longest token that is looked at, in characters. */
const TOKEN_LIMIT = 8_192

/** Opaque to callers: base64url of JSON. `order` names the sort that the position belongs to. */
export function writeToken(order: string, { key, accountId, id }: Position): string {
  return Buffer.from(JSON.stringify([1, order, key, accountId, id])).toString('base64url')
}

/** A token opens nothing: whoever forges one still sees only the rows of the query it is used with. */
export function readToken(
  token: string,
  order: string,
  isKey: (key: unknown) => key is string | number | null,
  isId: (id: string) => boolean,
): Result<Position, 'unreadable-token'> {
  if (token.length > TOKEN_LIMIT || !/^[A-Za-z0-9_-]+$/.test(token)) return err('unreadable-token')
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    return err('unreadable-token')
  }
  if (!Array.isArray(parts) || parts.length !== 5) return err('unreadable-token')
  const [version, tokenOrder, key, accountId, id] = parts as unknown[]
  if (version !== 1 || tokenOrder !== order || !isKey(key)) return err('unreadable-token')
  if (typeof accountId !== 'string' || !/^[0-9]{12}$/.test(accountId)) return err('unreadable-token')
  if (typeof id !== 'string' || !isId(id)) return err('unreadable-token')
  return ok({ key, accountId, id })
}
