import type { TarFailure } from '../base/tar-header.ts'
import type { TarLimits } from '../base/tar-reader.ts'
import { ImageFault } from './image-fault.ts'
import type { ImageLimits } from './limits.ts'

const LIMIT_NAMES = { headerBytes: 'tarHeaderBytes', entries: 'entriesPerLayer' } as const

export function tarLimitsOf(limits: Pick<ImageLimits, 'tarHeaderBytes' | 'entriesPerLayer'>): TarLimits {
  return { headerBytes: limits.tarHeaderBytes, entries: limits.entriesPerLayer }
}

/** What is wrong with a layer's or an image's tar, as the error of this room; `what` names the archive. */
export function tarFault(what: string): TarFailure {
  return problem =>
    problem.is === 'malformed'
      ? malformed(what, problem.detail)
      : new ImageFault({ ...problem, what, limit: LIMIT_NAMES[problem.limit] })
}

export function malformed(what: string, detail: string): ImageFault {
  return new ImageFault({ is: 'malformed', what, detail })
}
