import { err, ok, type Result } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { ContentAnalyzer, ContentFile, ContentReading, ContentRequest } from '../content-analyzer.ts'
import { readRange } from '../content-analyzer.ts'
import type { FileAnalysis } from '../ecosystem.ts'
import {
  EXECUTABLE_HELD_BYTES,
  EXECUTABLE_LIMIT_BYTES,
  isExecutableCandidate,
  isExecutableHead,
  isExecutableName,
  openExecutable,
  readOnlyData,
} from '../executable.ts'
import { readElfSections } from '../executable-elf.ts'
import { FoundPackages } from '../found-packages.ts'
import { isJsonList, isJsonObject, member, readJson, stringMember } from '../json-file.ts'
import { isCrateName } from './crate-name.ts'

const SECTION = '.dep-v0'
/** Compressed, the list of a program with 1,000 crates has about 20 KiB. */
const SECTION_LIMIT_BYTES = 8 * 1024 * 1024
/** The bound that its own reader has by default. (auditable-info, Limits) */
const LIST_LIMIT_BYTES = 32 * 1024 * 1024

/**
 * Rust programs built with `cargo auditable`, which carry the list of their crates, stripped or not. Programs built
 * without it name none. (github.com/rust-secure-code/cargo-auditable, PARSING.md; matching-and-feeds §4.2)
 */
export const cargoAuditable: ContentAnalyzer = {
  id: 'cargo/auditable',
  revision: 1,
  limitBytes: EXECUTABLE_LIMIT_BYTES,
  limitHeldBytes: EXECUTABLE_HELD_BYTES,
  limitInflatedBytes: LIST_LIMIT_BYTES,
  wants: isExecutableName,
  isCandidate: isExecutableCandidate,
  recognizes: isExecutableHead,
  read: readAuditable,
}

function* readAuditable(file: ContentFile): ContentReading {
  const section = yield* sectionOf(file)
  if (section === null) return null
  const unreadable = (detail: string) => err({ path: file.path, reason: 'unreadable-crate-list', detail })
  if (section.sizeBytes > SECTION_LIMIT_BYTES) return unreadable(`its section has ${section.sizeBytes} bytes`)
  const packed = yield* readRange(section.offset, section.sizeBytes)
  if (packed === null) return unreadable('its section is out of reach')
  const bytes = yield { is: 'inflate', bytes: packed, form: 'zlib', limitBytes: LIST_LIMIT_BYTES }
  if (bytes === null) return unreadable('its section cannot be inflated')
  return readList(file.path, bytes)
}

/** The section of that name. ELF names its sections at the end of the file: the data before is held until then. */
function* sectionOf(
  file: ContentFile,
): Generator<ContentRequest, { offset: number; sizeBytes: number } | null, Uint8Array | null> {
  const layout = yield* openExecutable(file)
  if (layout === null) return null
  if (layout.format !== 'elf') return layout.sections.find(({ name }) => name === SECTION) ?? null
  yield { is: 'hold', ranges: readOnlyData(layout).map(({ offset, sizeBytes }) => ({ offset, length: sizeBytes })) }
  const sections = yield* readElfSections(layout)
  return sections?.find(({ name }) => name === SECTION) ?? null
}

/** `{"packages":[{"name","version","source","kind"}]}`; crates that only ran while it was built are no part of it. */
function readList(path: string, bytes: Uint8Array): Result<FileAnalysis, InventoryProblem> {
  const json = readJson(bytes)
  const listed = json.ok && isJsonObject(json.value) ? member(json.value, 'packages') : undefined
  if (!isJsonList(listed)) return err({ path, reason: 'unreadable-crate-list', detail: 'no list of packages' })
  const found = new FoundPackages(path, { type: 'cargo', manager: 'CARGO', isName: isCrateName })
  for (const entry of listed) {
    if (found.isFull) break
    if (!isJsonObject(entry) || stringMember(entry, 'kind') === 'build') continue
    const source = stringMember(entry, 'source')
    // The program's own workspace: advisories are about crates that are published.
    if (source === 'local') continue
    // Crates of a repository or of another registry are not those of crates.io, and no range can judge them.
    const isCratesIo = source === undefined || source === 'crates.io'
    found.add(stringMember(entry, 'name'), isCratesIo ? stringMember(entry, 'version') : source)
  }
  return ok(found.analysis())
}
