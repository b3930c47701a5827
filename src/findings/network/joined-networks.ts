import type { Scope } from '../../domain/ids.ts'
import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import type { NetworkPlace } from '../../domain/network/open-path.ts'

/** Whose a described component is. */
export type Owners = ReadonlyMap<string, NetworkPlace>

/** Fields that whoever owns a resource may fill as they like. */
const FREE_TEXTS: ReadonlySet<string> = new Set(['tags', 'description', 'name'])

/** The owners of everything that a snapshot describes, by the ids that paths name. */
export function ownersOf(snapshot: NetworkSnapshot): Owners {
  const owners = new Map<string, NetworkPlace>()
  for (const { id, accountId, region } of rowsOf(snapshot)) {
    if (accountId !== null && id !== '' && !owners.has(id)) owners.set(id, { accountId, region })
  }
  return owners
}

/**
 * Which of the watched networks AWS joins with each other, directly or over others: a resource of one names one of the
 * other. Such a joint needs the consent of both in AWS, but for what an account says in its own tags and names, which do
 * not count. What is told of one network matters to those alone that it is joined with.
 */
export function joinedNetworks(
  snapshot: NetworkSnapshot,
  owners: Owners,
  watched: readonly Scope[],
): (one: Scope, other: NetworkPlace) => boolean {
  if (watched.length < 2) return (one, other) => isWithin(other, one)
  const groups = new Map<string, string>()
  const groupOf = (place: string): string => {
    let group = place
    for (let next = groups.get(group); next !== undefined; next = groups.get(group)) group = next
    return group
  }
  const join = (one: string, other: string): void => {
    const [a, b] = [groupOf(one), groupOf(other)]
    if (a !== b) groups.set(a, b)
  }
  // Of a network that was never described nothing is known but its account, which its peers may name.
  const accounts = new Map<string, string[]>()
  for (const scope of watched) accounts.set(scope.accountId, [...(accounts.get(scope.accountId) ?? []), nameOf(scope)])
  for (const { accountId, region, row } of rowsOf(snapshot)) {
    // What is nobody's, as the association of two gateways, joins those whom it names.
    let own = accountId === null ? null : nameOf({ accountId, region })
    for (const text of textsIn(row)) {
      const owner = owners.get(text)
      const named = owner !== undefined ? [nameOf(owner)] : text === accountId ? [] : (accounts.get(text) ?? [])
      for (const place of named) {
        if (own !== null) join(own, place)
        own ??= place
      }
    }
  }
  return (one, other) =>
    isWithin(other, one) ||
    (other.region === null
      ? (accounts.get(other.accountId) ?? []).some(place => groupOf(place) === groupOf(nameOf(one)))
      : groupOf(nameOf(other)) === groupOf(nameOf(one)))
}

/** Whether a place is this account's Region, as far as it is told. */
export function isWithin({ accountId, region }: NetworkPlace, scope: Scope): boolean {
  return accountId === scope.accountId && (region === null || region === scope.region)
}

interface OwnedRow {
  readonly id: string
  readonly accountId: string | null
  readonly region: string | null
  readonly row: object
}

function* rowsOf(snapshot: NetworkSnapshot): Generator<OwnedRow> {
  for (const [name, rows] of Object.entries(snapshot)) {
    if (name === 'missing' || !Array.isArray(rows)) continue
    // Every list of a snapshot but `missing` holds resources, most with an id and an owner, accelerators with an ARN.
    for (const row of rows as readonly (Partial<Omit<OwnedRow, 'row'>> & { readonly arn?: string })[]) {
      yield { id: row.id ?? row.arn ?? '', accountId: row.accountId ?? null, region: row.region ?? null, row }
    }
  }
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (Array.isArray(value)) for (const item of value) yield* textsIn(item)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) if (!FREE_TEXTS.has(key)) yield* textsIn(inner)
  }
}

function nameOf({ accountId, region }: NetworkPlace): string {
  return `${accountId} ${region ?? ''}`
}
