import type { Cidr, IpAddress } from '../../base/ip-range.ts'
import type { Owned } from './vpcs.ts'

export interface Instance extends Owned {
  readonly arn: string | null
  /** `running`, `stopped`, `terminated`, … */
  readonly state: string
  readonly tags: Readonly<Record<string, string>>
  readonly imageId: string | null
  readonly instanceType: string | null
  readonly keyName: string | null
  readonly instanceProfileArn: string | null
  /** `Linux/UNIX`, `Windows`, …; `null` where it is not told. */
  readonly platform: string | null
  readonly launchedAt: number | null
  readonly vpcId: string | null
  readonly subnetId: string | null
}

export interface NetworkInterface extends Owned {
  readonly vpcId: string
  readonly subnetId: string
  /** `in-use` delivers; `available` and others do not. */
  readonly status: string
  /** `null` when nothing is attached. */
  readonly attachment: {
    /** `null` for an interface of a service: load balancer, NAT gateway, endpoint. */
    readonly instanceId: string | null
    readonly status: string
    /** 0 is the primary interface of its instance; `null` where it is not told. */
    readonly deviceIndex: number | null
  } | null
  /** `interface`, `network_load_balancer`, `gateway_load_balancer_endpoint`, `nat_gateway`, … */
  readonly kind: string
  /** `ELB app/name/id` and the like tell whose the interfaces of services are. */
  readonly description: string
  readonly securityGroupIds: readonly string[]
  readonly hasSourceDestinationCheck: boolean
  /** The primary private IPv4 address first, then the other IPv4 ones, then IPv6. */
  readonly addresses: readonly InterfaceAddress[]
  /** Delegated to the interface: each of their addresses is delivered. */
  readonly prefixes: readonly Cidr[]
}

export interface InterfaceAddress {
  readonly address: IpAddress
  readonly text: string
  /** The public IPv4 address that an internet gateway translates to this one; `null` where there is none. */
  readonly publicAddress: string | null
}

export interface VpcEndpoint extends Owned {
  readonly kind:
    'Gateway' | 'Interface' | 'GatewayLoadBalancer' | 'Resource' | 'ServiceNetwork' | 'InstanceConnect' | 'other'
  readonly state: string
  readonly vpcId: string
  readonly serviceName: string | null
  readonly subnetIds: readonly string[]
  readonly interfaceIds: readonly string[]
  readonly routeTableIds: readonly string[]
  readonly securityGroupIds: readonly string[]
}

/** What an account offers to others over private links. */
export interface EndpointService extends Owned {
  readonly serviceName: string
  readonly state: string
  readonly loadBalancerArns: readonly string[]
  /** ARNs or `*`; `null` where they were not described. */
  readonly allowedPrincipals: readonly string[] | null
}
