/** States in which an instance is no longer there: nothing is delivered to it. (reachability §2.3) */
export const GONE_STATES: ReadonlySet<string> = new Set(['terminated', 'shutting-down'])
