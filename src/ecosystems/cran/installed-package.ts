import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type ScannedFile } from '../ecosystem.ts'
import { isVersionText } from '../found-packages.ts'
import { quoted } from '../problem.ts'
import { linesOf } from '../text-lines.ts'
import { isRName } from './r-name.ts'

const LIMIT_LINES = 20_000
const FIELDS = new Set(['package', 'version', 'priority', 'repository', 'built', 'remotetype', 'biocviews'])

/** `DESCRIPTION` of an R package in a library: `…/library/<name>/`, `…/site-library/<name>/`, renv's and users' own. (R, DESCRIPTION) */
export const installedRPackage: Analyzer = {
  id: 'cran/installed-package',
  revision: 1,
  limitBytes: 1024 * 1024,
  wants: path => path.endsWith('/DESCRIPTION') && /(?:^|[/-])library\//.test(path),
  analyze: analyzeDescription,
}

function analyzeDescription(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const fields = fieldsOf(decodeUtf8(file.bytes))
  // R writes `Built` when it installs: without it this is the source of a package.
  if (!fields.has('built')) return ok(EMPTY_ANALYSIS)
  // Parts of R itself, and Bioconductor's packages, whose names are another ecosystem's.
  if (fields.get('priority') === 'base' || fields.has('biocviews')) return ok(EMPTY_ANALYSIS)
  const fail = (reason: string, detail: string): Result<FileAnalysis, InventoryProblem> =>
    err({ path: file.path, reason, detail })
  const name = fields.get('package') ?? ''
  if (!isRName(name)) return fail('malformed-package-manifest', `${quoted(name)} is not a package name`)
  const version = fields.get('version') ?? ''
  if (version === '' || !isVersionText(version))
    return fail('package-without-version', `${name} has no readable version`)
  const origin = originOf(fields)
  const found = {
    type: 'cran', name, version: origin === null ? version : `${origin}:${version}`, arch: null, source: null, manager: 'OTHER',
  } as const // prettier-ignore
  return ok({ ...EMPTY_ANALYSIS, packages: [found] })
}

/**
 * Where code comes from that is not CRAN's, as renv.lock says it too; no range can judge that. Mirrors call themselves
 * `CRAN`, `RSPM` or `P3M`; a package of no repository was built from a directory or an archive.
 */
function originOf(fields: ReadonlyMap<string, string>): string | null {
  const remote = fields
    .get('remotetype')
    ?.toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
  if (remote !== undefined && remote !== 'standard' && remote !== '') return remote
  return fields.has('repository') ? null : 'local'
}

/** The first value of each field; lines that begin with a blank continue the one before. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let lines = 0
  for (const line of linesOf(text)) {
    if (++lines > LIMIT_LINES) break
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    if (FIELDS.has(name) && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}
