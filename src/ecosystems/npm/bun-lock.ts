import { err, ok, type Result } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { type FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonList, isJsonObject, member } from '../json-file.ts'
import { quoted } from '../problem.ts'
import { foundNpmPackages, isArchive, splitAtVersion } from './lock-entry.ts'
import { withoutTrailingCommas } from './trailing-commas.ts'

/** `bun.lock` of a project: JSON with commas before closing brackets. The API has no word for Bun. (bun.com/docs, lockfile) */
export const bunLock: Analyzer = {
  id: 'npm/bun-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('bun.lock') && /(?:^|\/)bun\.lock$/.test(path) && !isInsideDependency(path),
  analyze: analyzeLock,
}

/** `bun.lockb`, the binary form of before Bun 1.2, which has no description but its own source: refused by name. */
export const bunBinaryLock: Analyzer = {
  id: 'npm/bun-lockb',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path.endsWith('bun.lockb') && /(?:^|\/)bun\.lockb$/.test(path) && !isInsideDependency(path),
  analyze: ({ path }) =>
    err({
      path,
      reason: 'unsupported-lockfile',
      detail: 'the binary lock file of Bun is not read; `bun install --save-text-lockfile` writes one that is',
    }),
}

function analyzeLock(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const lock = lockfileObject({ ...file, bytes: withoutTrailingCommas(file.bytes) })
  if (!lock.ok) return lock
  const packages = member(lock.value, 'packages')
  // A project without dependencies has no packages.
  if (packages === undefined && isJsonObject(member(lock.value, 'workspaces'))) {
    return ok(foundNpmPackages(file.path, 'OTHER').analysis())
  }
  if (!isJsonObject(packages)) return malformedLockfile(file, 'no packages')
  const found = foundNpmPackages(file.path, 'OTHER')
  for (const [key, entry] of Object.entries(packages)) {
    if (found.isFull) break
    const identity = isJsonList(entry) ? entry[0] : undefined
    const split = typeof identity === 'string' ? splitAtVersion(identity) : null
    if (split === null) found.problem('malformed-lockfile', `the entry ${quoted(key)} does not say what it is`)
    else addPackage(found, split.name, split.rest)
  }
  return ok(found.analysis())
}

/** `a@1.0.0` of the registry; after the `@` of others stands an address, a path or a kind of own code. */
function addPackage(found: FoundPackages, name: string, reference: string): void {
  if (/^[0-9]/.test(reference) && !/[/:]/.test(reference)) found.add(name, reference)
  else if (/^(?:workspace|link|root):/.test(reference)) return
  else if (/:\/\/|^(?:git|github|gitlab|bitbucket)[:+@]/.test(reference) || isArchive(reference)) {
    found.add(name, reference)
  } else if (!/^(?:file:|\.{0,2}\/)/.test(reference)) {
    found.problem('malformed-lockfile', `${quoted(name)}: ${quoted(reference)} is no version`)
  }
}
