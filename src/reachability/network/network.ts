import type { IpFamily } from '../../base/ip-range.ts'
import type { NetworkSnapshot } from '../../domain/network/network-snapshot.ts'
import type { AnalysisOptions } from '../analysis-options.ts'
import type { AddressSpace } from '../sets/address-space.ts'
import { MemoGraph, type Source } from './memo-graph.ts'
import { TrackedTable } from './tracked-table.ts'

/**
 * A snapshot as the analysis reads it: by id and by what it looks things up with. Everything that a computation reads
 * here is what its remembered value depends on, so that all of the analysis must read through it and nothing else.
 */
export class Network {
  readonly graph = new MemoGraph()
  readonly addresses: AddressSpace
  readonly options: AnalysisOptions
  readonly tables: Tables
  /** Ids that the snapshot bears more than once, in order: one description of each was taken, whatever their order. */
  readonly overlappingIds: readonly string[]
  #serial = 0

  constructor(snapshot: NetworkSnapshot, addresses: AddressSpace, options: AnalysisOptions) {
    this.addresses = addresses
    this.options = options
    this.tables = makeTables(this.graph)
    const overlapping = TABLE_NAMES.flatMap(name => fillTable(this.tables, name, snapshot[name]))
    this.overlappingIds = [...new Set(overlapping)].sort()
  }

  /** As `MemoGraph.memo`. */
  memo<T>(kind: string, key: string, compute: () => T, isEqual?: (a: T, b: T) => boolean): T {
    return this.graph.memo(kind, key, compute, isEqual)
  }

  /** A number that no other value of this network bears. */
  nextSerial(): number {
    return (this.#serial += 1)
  }

  /** Whether the answer of a call is missing, wholly, for what belongs to this account and Region. */
  lacks(call: string, of: { readonly accountId: string | null; readonly region: string | null }): boolean {
    return this.tables.missing
      .under('by-call', call)
      .some(
        missing =>
          missing.resourceId === null &&
          (missing.accountId === null || of.accountId === null || missing.accountId === of.accountId) &&
          (missing.region === null || of.region === null || missing.region === of.region),
      )
  }
}

export type TableName = Exclude<keyof NetworkSnapshot, 'takenAt'>
export type Tables = ReturnType<typeof makeTables>

const NO_INDEX = {}

// The fields of the snapshot, in one order: a new field that is not listed here does not compile.
function makeTables(graph: MemoGraph) {
  type Row<Name extends TableName> = NetworkSnapshot[Name][number]
  const byId = ({ id }: { readonly id: string }): string => id
  return {
    vpcs: new TrackedTable<Row<'vpcs'>>(graph, byId, NO_INDEX),
    subnets: new TrackedTable<Row<'subnets'>, 'by-vpc'>(graph, byId, { 'by-vpc': row => [row.vpcId] }),
    interfaces: new TrackedTable<
      Row<'interfaces'>,
      'by-vpc' | 'by-subnet' | 'by-group' | 'by-instance' | 'by-description'
    >(graph, byId, {
      'by-vpc': row => [row.vpcId],
      'by-subnet': row => [row.subnetId],
      'by-group': row => row.securityGroupIds,
      'by-instance': row => [row.attachment?.instanceId].flatMap(id => id ?? []),
      'by-description': row => (row.description === '' ? [] : [row.description]),
    }),
    instances: new TrackedTable<Row<'instances'>>(graph, byId, NO_INDEX),
    securityGroups: new TrackedTable<Row<'securityGroups'>>(graph, byId, NO_INDEX),
    networkAcls: new TrackedTable<Row<'networkAcls'>, 'by-subnet' | 'default-of-vpc'>(graph, byId, {
      'by-subnet': row => row.subnetIds,
      'default-of-vpc': row => (row.isDefault ? [row.vpcId] : []),
    }),
    prefixLists: new TrackedTable<Row<'prefixLists'>>(graph, byId, NO_INDEX),
    routeTables: new TrackedTable<Row<'routeTables'>, 'by-subnet' | 'by-gateway' | 'main-of-vpc' | 'by-vpc'>(
      graph,
      byId,
      {
        'by-subnet': row => row.subnetIds,
        'by-gateway': row => row.gatewayIds,
        'main-of-vpc': row => (row.isMain ? [row.vpcId] : []),
        'by-vpc': row => [row.vpcId],
      },
    ),
    internetGateways: new TrackedTable<Row<'internetGateways'>, 'by-vpc'>(graph, byId, {
      'by-vpc': row => (row.vpcId === null ? [] : [row.vpcId]),
    }),
    egressOnlyGateways: new TrackedTable<Row<'egressOnlyGateways'>>(graph, byId, NO_INDEX),
    natGateways: new TrackedTable<Row<'natGateways'>>(graph, byId, NO_INDEX),
    peerings: new TrackedTable<Row<'peerings'>, 'by-vpc'>(graph, byId, {
      'by-vpc': row => [row.requester.vpcId, row.accepter.vpcId],
    }),
    blockPublicAccess: new TrackedTable<Row<'blockPublicAccess'>, 'by-region' | 'by-excluded'>(
      graph,
      row => regionKey(row),
      {
        'by-region': row => [regionKey(row)],
        'by-excluded': row => row.exclusions.map(({ resourceId }) => resourceId),
      },
    ),
    vpnGateways: new TrackedTable<Row<'vpnGateways'>, 'by-vpc'>(graph, byId, {
      'by-vpc': row => (row.vpcId === null ? [] : [row.vpcId]),
    }),
    vpnConnections: new TrackedTable<Row<'vpnConnections'>, 'by-gateway'>(graph, byId, {
      'by-gateway': row => [row.vpnGatewayId, row.transitGatewayId].flatMap(id => id ?? []),
    }),
    virtualInterfaces: new TrackedTable<Row<'virtualInterfaces'>, 'by-gateway'>(graph, byId, {
      'by-gateway': row => [row.vpnGatewayId, row.directConnectGatewayId].flatMap(id => id ?? []),
    }),
    directConnectAssociations: new TrackedTable<Row<'directConnectAssociations'>, 'by-gateway'>(
      graph,
      row => `${row.gatewayId} ${row.directConnectGatewayId}`,
      { 'by-gateway': row => [row.gatewayId, row.directConnectGatewayId] },
    ),
    transitGateways: new TrackedTable<Row<'transitGateways'>>(graph, byId, NO_INDEX),
    transitGatewayAttachments: new TrackedTable<
      Row<'transitGatewayAttachments'>,
      'by-id' | 'by-transit-gateway' | 'by-resource' | 'by-table'
      // Both sides of a peering have one id.
    >(graph, row => `${row.id} ${row.transitGatewayId}`, {
      'by-id': row => [row.id],
      'by-transit-gateway': row => [row.transitGatewayId],
      'by-resource': row => (row.resourceId === null ? [] : [row.resourceId]),
      'by-table': row => (row.associatedTableId === null ? [] : [row.associatedTableId]),
    }),
    transitGatewayTables: new TrackedTable<Row<'transitGatewayTables'>, 'by-transit-gateway'>(graph, byId, {
      'by-transit-gateway': row => [row.transitGatewayId],
    }),
    endpoints: new TrackedTable<Row<'endpoints'>, 'by-vpc'>(graph, byId, { 'by-vpc': row => [row.vpcId] }),
    endpointServices: new TrackedTable<Row<'endpointServices'>>(graph, byId, NO_INDEX),
    loadBalancers: new TrackedTable<Row<'loadBalancers'>, 'by-vpc' | 'by-target-group'>(graph, byId, {
      'by-vpc': row => (row.vpcId === null ? [] : [row.vpcId]),
      'by-target-group': row =>
        row.listeners.flatMap(listener => (listener.rules ?? []).flatMap(rule => rule.targetGroupArns)),
    }),
    targetGroups: new TrackedTable<Row<'targetGroups'>, 'by-target' | 'by-vpc'>(graph, byId, {
      'by-target': row => (row.targets ?? []).map(({ id }) => id),
      'by-vpc': row => (row.vpcId === null ? [] : [row.vpcId]),
    }),
    classicLoadBalancers: new TrackedTable<Row<'classicLoadBalancers'>, 'by-instance' | 'by-vpc'>(graph, byId, {
      'by-instance': row => row.instanceIds,
      'by-vpc': row => (row.vpcId === null ? [] : [row.vpcId]),
    }),
    firewalls: new TrackedTable<Row<'firewalls'>, 'by-endpoint'>(graph, byId, {
      'by-endpoint': row => row.endpoints.map(({ endpointId }) => endpointId),
    }),
    firewallPolicies: new TrackedTable<Row<'firewallPolicies'>>(graph, byId, NO_INDEX),
    firewallRuleGroups: new TrackedTable<Row<'firewallRuleGroups'>>(graph, byId, NO_INDEX),
    accelerators: new TrackedTable<Row<'accelerators'>, 'by-endpoint'>(graph, row => row.arn, {
      'by-endpoint': row =>
        row.listeners.flatMap(({ endpointGroups }) =>
          endpointGroups.flatMap(({ endpoints }) => endpoints.map(({ id }) => id)),
        ),
    }),
    missing: new TrackedTable<Row<'missing'>, 'by-call' | 'by-resource'>(
      graph,
      row => [row.call, row.accountId, row.region, row.resourceId, row.why].join(' '),
      { 'by-call': row => [row.call], 'by-resource': row => (row.resourceId === null ? [] : [row.resourceId]) },
    ),
  } satisfies { [Name in TableName]: unknown }
}

/** The key of an account's Region in `by-region`. */
export function regionKey(of: { readonly accountId: string | null; readonly region: string | null }): string {
  return `${of.accountId ?? '?'} ${of.region ?? '?'}`
}

export const TABLE_NAMES: readonly TableName[] = Object.keys(makeTables(new MemoGraph())) as TableName[]

function fillTable<Name extends TableName>(tables: Tables, name: Name, rows: NetworkSnapshot[Name]): readonly string[] {
  const table = tables[name] as unknown as TrackedTable<NetworkSnapshot[Name][number]>
  const { distinct, overlapping } = table.distinct(rows)
  table.change(distinct, [])
  return name === 'missing' ? [] : overlapping
}

/** Puts and removes rows of one table. Returns what may have been seen of them. */
export function changeTable<Name extends TableName>(
  tables: Tables,
  name: Name,
  put: readonly NetworkSnapshot[Name][number][],
  removed: readonly string[],
): readonly Source[] {
  // One table and its rows have the same name, which TypeScript cannot follow through an index.
  const table = tables[name] as unknown as TrackedTable<NetworkSnapshot[Name][number]>
  return table.change(put, removed)
}

/** What is different in a new snapshot's table. */
export function differencesOf<Name extends TableName>(
  tables: Tables,
  name: Name,
  rows: NetworkSnapshot[Name],
): { readonly put: readonly NetworkSnapshot[Name][number][]; readonly removed: readonly string[] } {
  const table = tables[name] as unknown as TrackedTable<NetworkSnapshot[Name][number]>
  return table.differences(rows)
}

/** The snapshot that the network now is. */
export function snapshotOf({ tables }: Network): NetworkSnapshot {
  const lists = Object.fromEntries(TABLE_NAMES.map(name => [name, tables[name].all()]))
  // Every list of a snapshot has its table, of the same name and rows.
  return { takenAt: null, ...lists } as unknown as NetworkSnapshot
}

export const FAMILIES: readonly IpFamily[] = ['ipv4', 'ipv6']
