import type { FuzzTarget } from './target.ts'

export async function feedTargets(): Promise<readonly FuzzTarget[]> {
  return []
}
