import { ok } from '../../base/result.ts'
import type { ContentAnalyzer, ContentFile, ContentReading } from '../content-analyzer.ts'
import { EMPTY_ANALYSIS } from '../ecosystem.ts'
import { isExecutableCandidate, isExecutableHead } from '../executable.ts'
import { ForwardBytes } from '../forward-bytes.ts'
import type { Answer } from '../zip-archive.ts'
import { BESIDE_MARKER_BYTES, type RuntimePattern, runtimePatternsOf, versionBeside } from './runtime-patterns.ts'

/** The largest is Node.js with some 130 MiB. */
const LIMIT_BYTES = 512 * 1024 * 1024
/** What is searched at once. */
const WINDOW_BYTES = 64 * 1024

/** Runtimes and servers that no package manager installed: the version is what the program says of itself. */
export const runtimeBinary: ContentAnalyzer = {
  id: 'generic/runtime-binary',
  revision: 1,
  limitBytes: LIMIT_BYTES,
  limitHeldBytes: 0,
  limitInflatedBytes: 0,
  readsBriefly: true,
  wants: path => runtimePatternsOf(path.slice(path.lastIndexOf('/') + 1)).length > 0,
  isCandidate: isExecutableCandidate,
  recognizes: isExecutableHead,
  read: readRuntime,
}

function* readRuntime(file: ContentFile): ContentReading {
  const [pattern] = runtimePatternsOf(file.path.slice(file.path.lastIndexOf('/') + 1))
  const version = pattern === undefined ? null : yield* saidVersion(file, pattern)
  if (pattern === undefined || version === null) return null
  const { name } = pattern
  const found = { type: 'generic', name, version, arch: null, source: null, manager: 'OTHER' } as const
  return ok({ ...EMPTY_ANALYSIS, packages: [found] })
}

/** The first version that the program says of itself. */
function* saidVersion(file: ContentFile, pattern: RuntimePattern): Answer<string | null> {
  const marker = Uint8Array.from(pattern.marker, letter => letter.charCodeAt(0))
  const first = marker[0] ?? 0
  const bytes = ForwardBytes.ofFile(file.sizeBytes, null)
  const overlap = marker.length + 2 * BESIDE_MARKER_BYTES
  for (;;) {
    const window = yield* bytes.peek(WINDOW_BYTES)
    const isLast = window.length < WINDOW_BYTES
    // What lies too near to an end is seen whole in the next window, or there is none.
    const end = isLast ? window.length : window.length - marker.length - BESIDE_MARKER_BYTES
    for (let at = window.indexOf(first); at >= 0 && at < end; at = window.indexOf(first, at + 1)) {
      if (!marker.every((byte, index) => window[at + index] === byte)) continue
      const behind = at + marker.length
      const after = textUpToNul(window.subarray(behind, behind + BESIDE_MARKER_BYTES))
      const before = latin1(window.subarray(Math.max(0, at - BESIDE_MARKER_BYTES), at))
      const version = versionBeside(pattern, before, after)
      if (version !== null) return version
    }
    if (isLast) return null
    yield* bytes.skip(window.length - overlap)
  }
}

function textUpToNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return latin1(end < 0 ? bytes : bytes.subarray(0, end))
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
