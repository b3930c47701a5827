import { ok, type Result } from '../base/result.ts'
import { withArchiveIndex } from '../ecosystems/archive-index.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { openArchiveIndex } from '../store/archive-index.ts'
import type { Config } from './config.ts'

/** Every ecosystem, with the index of Java archives that the configuration names; the error is one sentence. */
export function knownEcosystems({ javaIndex }: Pick<Config, 'javaIndex'>): Result<readonly Ecosystem[], string> {
  if (javaIndex === null) return ok(ECOSYSTEMS)
  const index = openArchiveIndex(javaIndex)
  return index.ok ? ok(withArchiveIndex(ECOSYSTEMS, index.value)) : index
}
