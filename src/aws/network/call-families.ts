import { NETWORK_CALLS } from './network-calls.ts'

/**
 * The calls that must be made anew together: with those that are wanted the ones that their ids come from, and all calls
 * about what those list, so that nothing that is new is left undescribed. Names that are no calls are left out.
 */
export function withTheirFamilies(wanted: readonly string[]): ReadonlySet<string> {
  const roots = new Set(wanted.flatMap(call => (PARENTS.has(call) ? rootOf(call) : [])))
  return new Set(NETWORK_CALLS.flatMap(({ call }) => (roots.has(rootOf(call)) ? call : [])))
}

/** Of each call the one that its ids come from. */
const PARENTS: ReadonlyMap<string, string | null> = new Map(
  NETWORK_CALLS.map(({ call, about }) => [call, about?.call ?? null]),
)

function rootOf(call: string): string {
  const parent = PARENTS.get(call) ?? null
  return parent === null ? call : rootOf(parent)
}
