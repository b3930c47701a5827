import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8, encodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonList, type Json, member } from '../json-file.ts'
import { foundNpmPackages } from './lock-entry.ts'
import { withoutTrailingCommas } from './trailing-commas.ts'
import { addBerryPackage } from './yarn-lock.ts'

/** Those of large projects with their runtime have some 5 MiB. */
const LIMIT_BYTES = 64 * 1024 * 1024

/**
 * What Yarn Plug'n'Play installed in the place of `node_modules`: `.pnp.cjs` (`.pnp.js` of Yarn 2), a program that carries
 * its table as JSON, or the table alone in `.pnp.data.json`. The packages themselves lie zipped in a cache.
 * (yarnpkg.com/advanced/pnp-spec)
 */
export const pnpFile: Analyzer = {
  id: 'npm/yarn-pnp',
  revision: 1,
  limitBytes: LIMIT_BYTES,
  wants: path =>
    path.includes('.pnp.') && /(?:^|\/)\.pnp\.(?:c?js|data\.json)$/.test(path) && !isInsideDependency(path),
  analyze: analyzeTable,
}

function analyzeTable(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const found = foundNpmPackages(file.path, 'YARN')
  let bytes = file.bytes
  if (!file.path.endsWith('.json')) {
    const table = tableOfProgram(decodeUtf8(file.bytes))
    // With `pnpEnableInlining: false` the program reads the file beside it.
    if (table === '') return ok(found.analysis())
    if (table === null) return malformedLockfile(file, 'the table of packages is not where Yarn writes it')
    bytes = withoutTrailingCommas(encodeUtf8(table))
  }
  const table = lockfileObject({ ...file, bytes })
  if (!table.ok) return table
  const registry = member(table.value, 'packageRegistryData')
  if (!isJsonList(registry)) return malformedLockfile(file, 'no packageRegistryData')
  for (const [name, references] of registry.flatMap(pairsOf)) {
    // The project itself has no name.
    if (name === null) continue
    for (const [reference] of isJsonList(references) ? references.flatMap(pairsOf) : []) {
      if (found.isFull) break
      if (typeof name !== 'string' || typeof reference !== 'string') {
        found.problem('malformed-lockfile', 'a package without a name or a reference')
      } else addBerryPackage(found, name, reference)
    }
  }
  return ok(found.analysis())
}

function pairsOf(entry: Json): readonly (readonly [Json, Json])[] {
  if (!isJsonList(entry)) return []
  const [key = null, value = null] = entry
  return [[key, value]]
}

/** Where the text in single quotes begins: since Yarn 4, and in Yarn 3. */
const QUOTED_TABLES = ["RAW_RUNTIME_STATE =\n'", "return hydrateRuntimeState(JSON.parse('"]
/** Yarn 2 writes the table itself, as a literal with commas before closing brackets. */
const BARE_TABLE = { from: 'return hydrateRuntimeState({', to: '}, {basePath:' }

/** The table in the program's text, empty where it lies in a file beside; the program is not run. */
function tableOfProgram(program: string): string | null {
  for (const opening of QUOTED_TABLES) {
    const at = program.indexOf(opening)
    if (at < 0) continue
    const from = at + opening.length
    const end = endOfQuoted(program, from)
    // A line end after a backslash continues the text; any other character stands for itself.
    const whole = end < 0 ? null : program.slice(from, end)
    return whole?.replaceAll(/\\([\s\S])/g, (_, mark: string) => (mark === '\n' ? '' : mark)) ?? null
  }
  const bare = program.indexOf(BARE_TABLE.from)
  if (bare < 0) return program.includes('.pnp.data.json') ? '' : null
  const end = program.indexOf(BARE_TABLE.to, bare)
  return end < 0 ? null : program.slice(bare + BARE_TABLE.from.length - 1, end + 1)
}

function endOfQuoted(program: string, from: number): number {
  for (let at = from; at < program.length; at++) {
    if (program[at] === '\\') at++
    else if (program[at] === "'") return at
  }
  return -1
}
