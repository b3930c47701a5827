import { HttpBodyError } from '../base/http.ts'
import type { ImageError } from './image.ts'

/** Carries an `ImageError` out of a stream, where no result can be returned. Never leaves this room. */
export class ImageFault extends Error {
  readonly error: ImageError

  constructor(error: ImageError, options?: ErrorOptions) {
    super(error.is, options)
    this.name = 'ImageFault'
    this.error = error
  }
}

/** The described failure behind what a stream of image bytes threw; rethrows what is a broken promise of ours. */
export function imageErrorOf(thrown: unknown, what: string): ImageError {
  if (thrown instanceof ImageFault) return thrown.error
  if (thrown instanceof HttpBodyError) {
    if (thrown.reason === 'too-large') {
      return { is: 'limit-exceeded', what, limit: 'bodyBytes', detail: thrown.message }
    }
    return { is: 'unreachable', what, detail: thrown.message }
  }
  if (isSystemError(thrown)) return { is: 'unreachable', what, detail: `${thrown.code}: ${thrown.message}` }
  throw thrown
}

function isSystemError(thrown: unknown): thrown is Error & { readonly code: string } {
  return (
    thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && /^E[A-Z0-9]+$/.test(thrown.code)
  )
}
