import { createHash } from 'node:crypto'
import { inflateRawSync, inflateSync } from 'node:zlib'
import type { InventoryProblem } from '../domain/inventory.ts'
import { type ContentAnalyzer, HEAD_BYTES } from './content-analyzer.ts'
import type { FileAnalysis } from './ecosystem.ts'

/** What the analyzer says of bytes in memory, every one of which it may have; `null` when they are nothing of its. */
export function contentAnalysisOf(
  analyzer: ContentAnalyzer,
  bytes: Uint8Array,
  path = 'usr/bin/program',
): FileAnalysis | InventoryProblem | null {
  const head = bytes.subarray(0, HEAD_BYTES)
  const sha1 = () => {
    const hash = createHash('sha1')
    return { update: (piece: Uint8Array) => hash.update(piece), hex: () => hash.digest('hex') }
  }
  const file = { path, sizeBytes: bytes.length, mode: 0o755, head, isStreamed: false, sha1 }
  if (!analyzer.wants(path) || !analyzer.isCandidate(file) || !analyzer.recognizes(head)) return null
  const reading = analyzer.read(file)
  let step = reading.next(null)
  while (step.done !== true) {
    const request = step.value
    if (request.is === 'hold') step = reading.next(null)
    else if (request.is === 'read') {
      const { offset, length } = request.range
      step = reading.next(bytes.subarray(offset, offset + length))
    } else step = reading.next(inflated(request.bytes, request.form, request.limitBytes))
  }
  if (step.value === null) return null
  return step.value.ok ? step.value.value : step.value.error
}

function inflated(bytes: Uint8Array, form: 'raw' | 'zlib', maxOutputLength: number): Uint8Array | null {
  try {
    return form === 'raw' ? inflateRawSync(bytes, { maxOutputLength }) : inflateSync(bytes, { maxOutputLength })
  } catch {
    return null
  }
}

/** `name version` of each package; what is wrong where nothing can be believed. */
export function packagesIn(analysis: FileAnalysis | InventoryProblem | null): readonly string[] | string | null {
  if (analysis === null) return null
  return 'reason' in analysis ? analysis.reason : analysis.packages.map(({ name, version }) => `${name} ${version}`)
}
