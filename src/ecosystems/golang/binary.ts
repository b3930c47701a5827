import { err, ok, type Result } from '../../base/result.ts'
import type { InventoryProblem } from '../../domain/inventory.ts'
import type { ContentAnalyzer, ContentFile, ContentReading } from '../content-analyzer.ts'
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
import { readBuildInfo } from './build-info.ts'
import { packagesOfBuild } from './build-packages.ts'

/**
 * Programs built by Go: what the linker wrote down about their modules and the toolchain, stripped or not.
 * (go.dev, debug/buildinfo; matching-and-feeds §4.2)
 */
export const goBinary: ContentAnalyzer = {
  id: 'golang/binary',
  revision: 1,
  limitBytes: EXECUTABLE_LIMIT_BYTES,
  limitHeldBytes: EXECUTABLE_HELD_BYTES,
  limitInflatedBytes: 0,
  wants: path => isExecutableName(path) && !isSpecimen(path),
  isCandidate: isExecutableCandidate,
  recognizes: isExecutableHead,
  read: readGoBinary,
}

/** Programs among the sources of Go, kept as inputs for its tests. (matching-and-feeds §2.8) */
function isSpecimen(path: string): boolean {
  return path.includes('testdata/') && /(?:^|\/)src\/(?:.*\/)?testdata\//.test(path)
}

function* readGoBinary(file: ContentFile): ContentReading {
  const layout = yield* openExecutable(file)
  if (layout === null) return null
  const isMarked = layout.format !== 'elf' || hasGoNote(file.head)
  // Before Go 1.18 the strings lay in front of what points to them.
  if (isMarked)
    yield { is: 'hold', ranges: readOnlyData(layout).map(({ offset, sizeBytes }) => ({ offset, length: sizeBytes })) }
  const info = yield* readBuildInfo(layout)
  if (info === null) return null
  return outcomeOf(file, info)
}

function outcomeOf(file: ContentFile, info: Result<{ version: string; modules: string }, string>) {
  const result: Result<FileAnalysis, InventoryProblem> = info.ok
    ? ok(packagesOfBuild(file.path, info.value.version, info.value.modules))
    : err({ path: file.path, reason: 'unreadable-build-info', detail: info.error })
  return result
}

/** The note that Go's linker puts at the beginning of every ELF file. (cmd/link: NT_GO_BUILD_ID, name `Go`) */
function hasGoNote(head: Uint8Array): boolean {
  for (let at = head.indexOf(0x47); at >= 0; at = head.indexOf(0x47, at + 1)) {
    if (head[at + 1] === 0x6f && head[at + 2] === 0 && head[at + 3] === 0 && head[at - 4] === 4) return true
  }
  return false
}
