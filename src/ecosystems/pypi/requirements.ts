import { ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { NamedUnknowns } from '../named-unknowns.ts'
import { linesOf } from '../text-lines.ts'
import { isDistributionName } from './package-name.ts'

/** A requirements file of pip, outside installed packages. Only `==` names what is installed; `~=` counts as its lower bound, as it does to Amazon Inspector. */
export const requirementsFile: Analyzer = {
  id: 'pypi/requirements',
  revision: 2,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('.txt') && isRequirementsPath(path),
  analyze: analyzeRequirements,
}

/** `requirements.txt`, `requirements-dev.txt`, `dev-requirements.txt`, `requirements/base.txt`. */
function isRequirementsPath(path: string): boolean {
  return (
    /(?:^|\/)(?:[^/]*requirements[^/]*|requirements\/[^/]+)\.txt$/.test(path) &&
    !/(?:^|\/)(?:site|dist)-packages\//.test(path)
  )
}

function analyzeRequirements(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  // PowerShell writes `pip freeze > requirements.txt` in UTF-16.
  if (file.bytes.includes(0)) return malformedLockfile(file, 'not UTF-8 text')
  const found = new FoundPackages(file.path, { type: 'pypi', manager: 'PIP', isName: isDistributionName })
  const unpinned = new NamedUnknowns()
  let isContinuation = false
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    // What continues a requirement are options: hashes and the like.
    const isRequirement = !isContinuation
    isContinuation = line.endsWith('\\')
    if (isRequirement) readLine(line, found, unpinned)
  }
  unpinned.tell(found, 'package-without-version', 'requirements have no exact version')
  return ok(found.analysis())
}

/** `name[extra]==1.2.3 ; marker --hash=…`, an option, or something that names no version. (pip, requirements file format) */
function readLine(line: string, found: FoundPackages, unpinned: NamedUnknowns): void {
  const text = line
    .replace(/(?:^|\s)#.*$/s, '')
    .replace(/\\$/, '')
    .trim()
  if (text === '') return
  if (text.startsWith('-')) {
    if (/^(?:-e|--editable)[\s=]/.test(text)) unpinned.add(text)
    return
  }
  const requirement = text.split(/;|\s--/)[0] ?? ''
  // Blanks may stand anywhere between the parts.
  const parts = /^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\(?(?:={2,3}|~=)([^,)]+)\)?$/.exec(
    requirement.replaceAll(/\s/g, ''),
  )
  const version = parts?.[2]
  if (version === undefined || version.endsWith('.*')) unpinned.add(requirement.trim())
  else found.add(parts?.[1], version)
}
