import type { Analyzer } from '../src/ecosystems/ecosystem.ts'
import { ECOSYSTEMS } from '../src/ecosystems/index.ts'
import { type FileKind, INVENTORY_FACTS, NOT_READ } from './inventory-facts.ts'
import { sizeOf } from './limits-reference.ts'

const KINDS: Readonly<Record<FileKind, string>> = {
  system: 'the system and its packages',
  installed: 'what is installed',
  built: 'what a build left behind',
  locked: 'what a tool resolved',
  declared: 'what somebody asked for',
  told: 'told, not matched',
}

/** Every analyzer of files and of contents. */
export function readersById(): ReadonlyMap<string, Pick<Analyzer, 'id' | 'limitBytes' | 'wants'>> {
  const readers = new Map<string, Pick<Analyzer, 'id' | 'limitBytes' | 'wants'>>()
  for (const { analyzers, contentAnalyzers } of ECOSYSTEMS) {
    for (const reader of analyzers) readers.set(reader.id, reader)
    for (const reader of contentAnalyzers ?? []) readers.set(reader.id, reader)
  }
  return readers
}

/** docs/reference/inventory.md: every file that is read, beside what others do with it. */
export function inventoryPage(): string {
  const readers = readersById()
  const rows = INVENTORY_FACTS.map(fact => {
    const limit = readers.get(fact.id)?.limitBytes
    if (limit === undefined) throw new Error(`no reader is named ${fact.id}`)
    const cells = [fact.files, `\`${fact.id}\``, KINDS[fact.kind], sizeOf(limit), fact.inspector, fact.trivy, fact.syft]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '# What is read',
    '',
    'Made from the code (`npm run docs`); a test compares it, and asks every reader about its file. A file over its limit, and one that cannot be',
    'read, costs that file and is told with its path: it never counts as "nothing found".',
    '',
    'All other limits: [Limits](limits.md).',
    '',
    'What is installed, vendored or built wins over what only locks or declares it in the same project, and packages that an operating system',
    'package owns are matched as that package alone. All readers work on images, disks, hosts and directories alike.',
    '',
    '| Files | Reader | Says | At most | Amazon Inspector | Trivy | Syft |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    "The last three columns are what the documentation of Amazon Inspector's SBOM generator, of Trivy, and the sources of Syft say on 2026-11-23;",
    '– is "not named there". Locks: Trivy reads them in repositories and file systems, Syft in directories, neither in images.',
    '',
    '## What is not read',
    '',
    '| What | Why |',
    '| --- | --- |',
    ...NOT_READ.map(([what, why]) => `| ${what} | ${why} |`),
    '',
  ].join('\n')
}
