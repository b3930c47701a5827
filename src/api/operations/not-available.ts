import { err } from '../../base/result.ts'
import { apiError } from '../protocol/errors.ts'
import type { Operation } from './operation.ts'

/**
 * Stands in for an operation of the model that this version lacks: one clear refusal of a modelled type, in the pattern
 * of Amazon's answer where a Region lacks a feature, for reads too, because an empty list would be a lie.
 */
export function notAvailable(name: string): Operation {
  return {
    name,
    isServed: false,
    run: (_input, { caller }) =>
      Promise.resolve(err(apiError('operation-not-available', { operation: name, region: caller.region }))),
  }
}
