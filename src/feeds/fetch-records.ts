import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import type { FeedError, FeedFiles } from './feed.ts'

/** Requests under way at one time: what a server serves gladly, and enough to hide the way there and back. */
const TOGETHER = 16

export interface RecordLimits {
  readonly recordBytes: number
  /** All of them together. */
  readonly totalBytes: number
}

export type RecordContent = { readonly text: string } | { readonly problem: 'record-too-large' | 'record-not-utf8' }

/**
 * Fetches small files, some at a time, and hands out each as it comes, so that none need be kept; `at` is its place in
 * `paths`. The first that cannot be had ends it all, because a list of changes is followed as a whole or not at all.
 */
export async function fetchRecords(
  files: FeedFiles,
  paths: readonly string[],
  limits: RecordLimits,
  use: (content: RecordContent, at: number) => void,
): Promise<Result<null, FeedError>> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let failure: FeedError | null = null
  let totalBytes = 0
  let next = 0
  const work = async (): Promise<void> => {
    while (failure === null) {
      const at = next++
      const path = paths[at]
      if (path === undefined) return
      const fetched = await files.fetch(path, { validator: null, limitBytes: limits.recordBytes })
      if (failure !== null) return
      if (!fetched.ok) {
        if (fetched.error.is === 'too-large') use({ problem: 'record-too-large' }, at)
        else failure = fetched.error
      } else if (fetched.value === 'unchanged') {
        failure = { is: 'malformed', what: `${files.base}/${path}`, detail: 'unchanged, although nothing was held' }
      } else {
        const { bytes } = fetched.value
        totalBytes += bytes.length
        if (totalBytes > limits.totalBytes) {
          failure = { is: 'too-large', what: `the changes of ${files.base}`, limitBytes: limits.totalBytes }
        } else use(contentOf(bytes, decoder), at)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(TOGETHER, paths.length) }, work))
  return failure === null ? ok(null) : err(failure)
}

function contentOf(bytes: Uint8Array, decoder: { decode(bytes: Uint8Array): string }): RecordContent {
  try {
    return { text: decoder.decode(bytes) }
  } catch {
    return { problem: 'record-not-utf8' }
  }
}
