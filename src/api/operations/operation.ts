import type { Clock } from '../../base/clock.ts'
import type { Result } from '../../base/result.ts'
import type { ApiPorts } from '../ports.ts'
import type { ApiError } from '../protocol/errors.ts'
import type { PageTokens } from '../protocol/page-token.ts'
import type { Caller } from '../protocol/sigv4.ts'

/** What every operation is handed beside its input. */
export interface OperationContext {
  readonly caller: Caller
  readonly ports: ApiPorts
  readonly clock: Clock
  readonly pageTokens: PageTokens
}

/**
 * One operation of Amazon Inspector's API. Its route and message shapes come from the service model by `name`. `run` is
 * called once per verified request; the input has passed the model's constraints and holds modelled members only, times
 * as `Date`. Members of the answer that are `undefined` are not sent.
 */
export interface Operation<Input = never, Output = unknown> {
  readonly name: string
  /** `false` stands for an operation that is recognised and refused: its input is not looked at. */
  readonly isServed?: false
  run(input: Input, context: OperationContext): Promise<Result<Output, ApiError>>
}
