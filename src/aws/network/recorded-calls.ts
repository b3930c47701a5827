import type { Instant } from '../../base/clock.ts'

/** What AWS answered to read-only calls, in any order: of one or several accounts and Regions, live or from files. */
export type RecordedCalls = readonly RecordedCall[]

/** One call, or one page of its answer. */
export interface RecordedCall {
  /** The action as AWS names it: `DescribeVpcs`. Both generations of load balancers have a `DescribeLoadBalancers`; the answer tells which. */
  readonly call: string
  /** Who asked, and where; `null` where that is not known. Owners of resources are told by the answers. */
  readonly accountId: string | null
  readonly region: string | null
  /** What was asked about, for calls about one resource: `{ TransitGatewayRouteTableId: 'tgw-rtb-1' }`. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** JSON as the AWS CLI and the SDKs print it, or a `Failure`. Hostile: nothing in it is trusted. */
  readonly answer: unknown
  /** Where a person finds it: a file. */
  readonly place?: string
  /** The newer of two answers about one resource wins. */
  readonly recordedAt?: Instant
}

/** Stands in the place of an answer, in files too: what it would have told is missing, not empty. */
export type Failure =
  /** The code and message of AWS. */
  | { readonly deniedWith: string }
  /** AWS did not answer, or what it answered cannot be read. */
  | { readonly unreadable: string }
  /** There is more than was recorded. */
  | { readonly truncated: string }
