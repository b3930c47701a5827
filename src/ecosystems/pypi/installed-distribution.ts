import { err, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type ScannedFile } from '../ecosystem.ts'
import { isVersionText } from '../found-packages.ts'
import { quoted } from '../problem.ts'
import { linesOf } from '../text-lines.ts'
import { isDistributionName } from './package-name.ts'

/** Metadata holds the whole description behind its headers; the largest seen have about 300 KiB. */
export const METADATA_LIMIT_BYTES = 16 * 1024 * 1024
/** Headers before the description; the most classifiers and requirements seen are some hundreds. */
const LIMIT_HEADER_LINES = 50_000

/**
 * Metadata of an installed distribution: of a wheel (`*.dist-info/METADATA`), of an egg or a development install
 * (`*.egg-info/PKG-INFO`, `EGG-INFO/PKG-INFO`), or the single `*.egg-info` of distutils.
 */
export const installedDistribution: Analyzer = {
  id: 'pypi/installed-distribution',
  revision: 1,
  limitBytes: METADATA_LIMIT_BYTES,
  wants: path =>
    path.endsWith('.dist-info/METADATA') ||
    path.endsWith('.egg-info') ||
    path.endsWith('.egg-info/PKG-INFO') ||
    path.endsWith('EGG-INFO/PKG-INFO'),
  analyze: readMetadata,
}

/** Headers in the form of mail, up to the first blank line; a name and a version are required. (core metadata 2.4) */
export function readMetadata(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const fail = (reason: string, detail: string): Result<FileAnalysis, InventoryProblem> =>
    err({ path: file.path, reason, detail })
  let name: string | null = null
  let version: string | null = null
  let lines = 0
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    if (line === '' || lines === LIMIT_HEADER_LINES || (name !== null && version !== null)) break
    lines++
    name ??= headerValue(line, 'name:')
    version ??= headerValue(line, 'version:')
  }
  if (name === null || !isDistributionName(name)) {
    return fail('malformed-package-manifest', name === null ? 'no name' : `${quoted(name)} is not a package name`)
  }
  if (version === null || !isVersionText(version)) {
    return fail('package-without-version', `${name} has no readable version`)
  }
  const found = { type: 'pypi', name, version, arch: null, source: null, manager: 'PYTHONPKG' } as const
  return ok({ ...EMPTY_ANALYSIS, packages: [found] })
}

function headerValue(line: string, header: string): string | null {
  return line.slice(0, header.length).toLowerCase() === header ? line.slice(header.length).trim() : null
}
