import type { EdgeAnalysis } from './edge.ts'

/** Every manner of coming into a VPC, one line each. What they find is put in order afterwards: this order means nothing. */
export const EDGE_KINDS: readonly EdgeAnalysis[] = []
