import type { Cidr } from '../../base/ip-range.ts'
import type { PortRange } from './packet-filters.ts'
import type { Owned } from './vpcs.ts'

/** A firewall of AWS Network Firewall. `id` is its ARN. */
export interface Firewall extends Owned {
  readonly name: string
  readonly vpcId: string
  readonly policyArn: string
  /** The endpoint of each subnet that traffic is routed to. */
  readonly endpoints: readonly { readonly endpointId: string; readonly subnetId: string }[]
}

/** `id` is its ARN. */
export interface FirewallPolicy extends Owned {
  /** By rising priority. */
  readonly statelessGroups: readonly { readonly priority: number; readonly groupArn: string }[]
  readonly statelessDefault: StatelessAction
  readonly statefulGroupArns: readonly string[]
  readonly statefulOrder: 'default' | 'strict'
  /** With the strict order: whether what no rule matched is dropped. */
  readonly dropsByDefault: boolean
}

export type StatelessAction = 'pass' | 'drop' | 'forward'

/** `id` is its ARN. Any address matches where a list is `null`. */
export interface FirewallRuleGroup extends Owned {
  readonly stateless: readonly StatelessFirewallRule[]
  readonly stateful: readonly StatefulFirewallRule[]
  /** Whether it holds rules that this version cannot read as five-tuples: domain lists, Suricata text, options. */
  readonly hasUnreadRules: boolean
}

export interface FirewallTuple {
  /** Empty: all. IANA numbers. */
  readonly protocols: readonly number[]
  readonly sources: readonly Cidr[] | null
  readonly destinations: readonly Cidr[] | null
  readonly sourcePorts: readonly PortRange[] | null
  readonly destinationPorts: readonly PortRange[] | null
}

export interface StatelessFirewallRule extends FirewallTuple {
  readonly priority: number
  readonly action: StatelessAction
  /** A rule on TCP flags matches a part of a connection's packets only. */
  readonly hasTcpFlags: boolean
}

export interface StatefulFirewallRule extends FirewallTuple {
  readonly action: 'pass' | 'drop' | 'reject' | 'alert'
  readonly isBothWays: boolean
}
