/** Part of what AWS answered to one call about an account in a Region. */
export interface DescribedCall {
  /** As AWS names it. */
  readonly call: string
  /** Written and read by the network source alone. */
  readonly text: string
}
