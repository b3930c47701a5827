import { decodeUtf8 } from '../../base/utf8.ts'
import { ok, type Result } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer, FileAnalysis, ScannedFile } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, malformedLockfile } from '../found-packages.ts'
import { linesOf } from '../text-lines.ts'
import { isCrateName } from './crate-name.ts'

/**
 * `Cargo.lock`, versions 1 to 4. Cargo writes it: one key a line, so that no reader of all TOML is needed. Packages of
 * the workspace have no source and are left out; those of a repository or another registry are not the crates of
 * crates.io, and are listed under where they came from, which no range can judge.
 */
export const cargoLock: Analyzer = {
  id: 'cargo/cargo-lock',
  revision: 2,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => (path === 'Cargo.lock' || path.endsWith('/Cargo.lock')) && !isInsideDependency(path),
  analyze: analyzeLock,
}

function analyzeLock(file: ScannedFile): Result<FileAnalysis, InventoryProblem> {
  const found = new FoundPackages(file.path, { type: 'cargo', manager: 'CARGO', isName: isCrateName })
  let fields: Map<string, string> | null = null
  let tables = 0
  let isLock = false
  const flush = (): void => {
    if (fields !== null) addCrate(fields, found)
    fields = null
  }
  for (const line of linesOf(decodeUtf8(file.bytes))) {
    if (line.startsWith('[')) {
      flush()
      tables++
      if (/^\[\[package\]\]\s*(?:#.*)?$/.test(line)) fields = new Map()
      // Version 1 has the checksums in `[metadata]`; crates that a `[patch]` names but nobody uses follow it.
      if (/^\[\[?(?:package|metadata|root|patch)/.test(line)) isLock = true
      if (found.isFull) break
      continue
    }
    const pair = /^([a-z]{1,20}) = (?:"([^"\\]*)"|([0-9]+))\s*(?:#.*)?$/.exec(line)
    if (pair === null) continue
    if (tables === 0 && pair[1] === 'version') isLock = true
    // Lists (`dependencies`) span lines that begin with a blank, a quote or a bracket.
    fields?.set(pair[1] ?? '', pair[2] ?? pair[3] ?? '')
  }
  flush()
  return isLock ? ok(found.analysis()) : malformedLockfile(file, 'no tables of a Cargo.lock')
}

function addCrate(fields: ReadonlyMap<string, string>, found: FoundPackages): void {
  const source = fields.get('source')
  const version = fields.get('version')
  // A package of the workspace itself, or one that a path names.
  if (source === undefined && fields.has('name') && version !== undefined) return
  found.add(fields.get('name'), source === undefined || isCratesIo(source) ? version : source)
}

/** The git index, and the sparse one since Rust 1.70. Mirrors that replace the source keep its name in the lock. */
function isCratesIo(source: string): boolean {
  return (
    source === 'registry+https://github.com/rust-lang/crates.io-index' || source === 'sparse+https://index.crates.io/'
  )
}
