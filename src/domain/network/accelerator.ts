import type { PortRange } from './packet-filters.ts'

/** A standard accelerator of AWS Global Accelerator. */
export interface Accelerator {
  readonly arn: string
  readonly accountId: string | null
  readonly name: string
  readonly isEnabled: boolean
  readonly addresses: readonly string[]
  readonly listeners: readonly {
    readonly arn: string
    readonly protocol: 'TCP' | 'UDP'
    readonly ports: readonly PortRange[]
    readonly endpointGroups: readonly {
      readonly arn: string
      readonly region: string
      readonly overrides: readonly { readonly listenerPort: number; readonly endpointPort: number }[]
      /** Instance id, load balancer ARN or address allocation. */
      readonly endpoints: readonly { readonly id: string; readonly preservesClientAddress: boolean }[]
    }[]
  }[]
}
