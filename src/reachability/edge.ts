import type { IpAddress, IpFamily } from '../base/ip-range.ts'
import type { NetworkInterface } from '../domain/network/interfaces.ts'
import type { Edge, EdgeKind, Hop, NetworkNotice, PathStep } from '../domain/network/open-path.ts'
import type { PortRange } from '../domain/network/packet-filters.ts'
import type { Network } from './network/network.ts'
import type { Traffic } from './sets/traffic.ts'

/**
 * One manner in which connections come into VPCs: straight through an internet gateway, over a peering, through a load
 * balancer. Each has a file of its own and a line in `edge-kinds.ts`.
 *
 * The rule that makes incremental analysis right: whatever is computed reads configuration through `network.tables`
 * and remembers through `network.memo`, whose `compute` closes over nothing but its key and immutable values that the
 * key names (ids; a `serial` for objects). Then nothing needs to be registered.
 */
export interface EdgeAnalysis {
  /** Names it in memo keys and tests: `internet-gateway`, `load-balancer`. */
  readonly name: string

  /**
   * The entrances of the VPC that this analysis knows, in order of edge id. Called once for each VPC and remembered: may
   * take its time, must be fair to a VPC that has none of its kind (return `[]` after one indexed lookup).
   */
  entrancesOf(network: Network, vpcId: string): readonly Entrance[]

  /**
   * Every way of this kind that one packet could take to the target, also those that are closed, with every decision on
   * the way and on the way back, in the order in which a packet meets them, the target's own security groups and
   * interface among them (`ways/hops.ts`). A trace without a hop that blocks is an open path and must agree with
   * `waysTo`. Called for proofs and questions only, so that it may be slow. `[]` where nothing of the kind concerns the VPC.
   */
  trace(network: Network, packet: Packet, target: Target): readonly Trace[]

  /** What was described in the VPC and does nothing, e.g. a gateway without any connection. */
  remarksOn?(network: Network, vpcId: string): readonly Remark[]
}

/** One edge (or one relay behind an edge) through which a VPC can be entered. */
export interface Entrance {
  readonly edge: Edge

  /**
   * The ways from beyond the edge to the target, up to the target's own security groups. Called for every address of
   * every interface of the VPC: remember what targets have in common (`network.memo` by subnet, table, ACL …) and return
   * the very same `Way` objects for all of them. Ways that let nothing pass are left
   * out, unless they have something to remark.
   */
  waysTo(target: Target): readonly Way[]
}

/** A way in that many targets may share. Immutable; see `way.ts`. */
export interface Way {
  /** Given by `network.nextSerial()`: results are remembered under it. */
  readonly serial: number
  readonly edge: Edge
  readonly family: IpFamily
  /** Load balancers, accelerators and appliances on the way, in order: part of a path's identity. */
  readonly via: readonly string[]
  /** From the edge up to the target subnet's network ACL: what stands before security group, interface and instance. */
  readonly steps: readonly PathStep[]
  /** What the answer rests on that was not described. One sentence each, in order. */
  readonly assumptions: readonly string[]
  /** What stays undecided on this way (sources may be open that are not among `admitted`), and what to note about it. */
  readonly remarks: readonly Remark[]
  /** Ports that clients contact where they are not the target's. In order. */
  readonly frontendPorts: readonly number[]
  /**
   * Who may connect to which port of a target with these groups: filters and routes of the way in both directions, and the
   * target's groups. Remembered by the caller for (way, protocol, groups). `protocol` is 6 or 17 for findings; others are
   * asked for in questions.
   */
  admitted(protocol: number, groups: GroupSet): Admission
  /** The target's group that admits this opening packet, for the published steps: that of the smallest rule id. */
  admittingGroup(protocol: number, groups: GroupSet, source: IpAddress, port: number): string | null
}

export interface Admission {
  readonly traffic: Traffic
  /** What the target's groups leave undecided. */
  readonly remarks: readonly Remark[]
}

/** What becomes a notice that names the instances concerned. */
export type Remark = Omit<NetworkNotice, 'instanceIds'>

/** The security groups of an interface: the same object for the same groups. `ids` in order, each once. */
export interface GroupSet {
  readonly key: string
  readonly ids: readonly string[]
}

/** An address, or a delegated prefix, of an interface. */
export interface Target {
  readonly interface: NetworkInterface
  readonly family: IpFamily
  /** The first one, for a prefix. */
  readonly address: IpAddress
  /** As it is shown. */
  readonly text: string
  /** The public IPv4 address that is translated to it. */
  readonly publicAddress: string | null
  readonly groups: GroupSet
}

/** One packet that opens a connection, for proofs and questions. */
export interface Packet {
  /** `null`: any kind of edge. */
  readonly edgeKind: EdgeKind | null
  readonly edgeId: string | null
  readonly source: IpAddress
  readonly protocol: number
  /** On the target; `type * 256 + code` for ICMP. */
  readonly port: number
  /** A connection needs one of them that passes on the way back. */
  readonly clientPorts: PortRange
}

export interface Trace {
  readonly edge: Edge | null
  readonly via: readonly string[]
  readonly hops: readonly Hop[]
}

export function isOpen(trace: Trace): boolean {
  return trace.hops.every(hop => hop.verdict === 'passes')
}

/** Edges that lead to the internet; beyond all others are connected networks. */
export const INTERNET_EDGES: ReadonlySet<EdgeKind> = new Set(['internet-gateway', 'global-accelerator'])
