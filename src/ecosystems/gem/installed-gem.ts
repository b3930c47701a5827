import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type ScannedFile } from '../ecosystem.ts'
import { isVersionText } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { isGemName } from './gem-name.ts'

/**
 * The specification that RubyGems writes beside an installed gem, `specifications/<name>-<version>[-<platform>].gemspec`
 * (default gems in `specifications/default/`). It is Ruby, of which only assignments of literals are read.
 */
export const installedGem: Analyzer = {
  id: 'gem/installed-gem',
  revision: 1,
  limitBytes: 4 * 1024 * 1024,
  wants: path => path.endsWith('.gemspec') && /(?:^|\/)specifications\/(?:[^/]+\/){0,2}[^/]+$/.test(path),
  analyze: analyzeSpecification,
}

const NAME = /^[a-z_]{1,20}\.name\s*=\s*(["'])([^"'\\#]{1,214})\1(?:\.freeze)?$/
const VERSION =
  /^[a-z_]{1,20}\.version\s*=\s*(?:Gem::Version\.new\(\s*)?(["'])([^"'\\#]{1,512})\1(?:\.freeze)?\s*\)?(?:\.freeze)?$/
/** The line by which RubyGems itself reads a specification without running it: `# stub: nokogiri 1.16.6 java lib ext`. */
const STUB = /^# stub: (\S{1,214}) (\S{1,512}) \S/

function analyzeSpecification(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  let name: string | undefined
  let version: string | undefined
  let stub: RegExpExecArray | null = null
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    stub ??= STUB.exec(line)
    const statement = line.trim()
    name ??= NAME.exec(statement)?.[2]
    version ??= VERSION.exec(statement)?.[2]
    if (name !== undefined && version !== undefined) break
  }
  name ??= stub?.[1]
  version ??= stub?.[2]
  const fail = (reason: string, detail: string): Result<FileAnalysis, InventoryProblem> =>
    err({ path: file.path, reason, detail })
  if (name === undefined || !isGemName(name)) return fail('malformed-package-manifest', 'no name that is a literal')
  if (version === undefined || !isVersionText(version)) {
    return fail('package-without-version', `${name} has no version that is a literal`)
  }
  const found = { type: 'gem', name, version, arch: null, source: null, manager: 'GEMSPEC' } as const
  return ok({ ...EMPTY_ANALYSIS, packages: [found] })
}
