/** What the public service model says about one shape; the members that the SDK's schemas lack. */
export interface ModelledShape {
  readonly type: string
  /** Member name -> shape name, of structures and unions. */
  readonly members?: Readonly<Record<string, string>>
  readonly required?: readonly string[]
  /** Shape of a list's elements. */
  readonly item?: string
  readonly key?: string
  readonly value?: string
  readonly enum?: readonly string[]
  /** Least length (strings in code points, lists and maps in entries) or least value (numbers). */
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
}

export interface ModelledOperation {
  readonly method: string
  readonly path: string
  readonly input?: string
  readonly output?: string
  readonly errors: readonly string[]
}
