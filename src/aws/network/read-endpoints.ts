import type { EndpointService, VpcEndpoint } from '../../domain/network/interfaces.ts'
import { eachOnce, inOrder, ownedBy, type Answers } from './answers.ts'

type EndpointKind = VpcEndpoint['kind']

const KINDS: Readonly<Record<string, EndpointKind>> = {
  gateway: 'Gateway',
  interface: 'Interface',
  gatewayloadbalancer: 'GatewayLoadBalancer',
  resource: 'Resource',
  servicenetwork: 'ServiceNetwork',
}

export function readEndpoints(answers: Answers): readonly VpcEndpoint[] {
  const endpoints = eachOnce(answers.items('DescribeVpcEndpoints', 'VpcEndpoints'), record => {
    const id = record.id('VpcEndpointId')
    const vpcId = record.neededId('VpcId')
    const state = record.word('State') ?? 'unknown'
    if (id === null || vpcId === null || state === 'deleted') return null
    const kind = record.word('VpcEndpointType') ?? ''
    return {
      ...ownedBy(record, id),
      kind: Object.hasOwn(KINDS, kind) ? (KINDS[kind] ?? 'other') : 'other',
      state,
      vpcId,
      serviceName: record.text('ServiceName'),
      subnetIds: record.ids('SubnetIds').toSorted(),
      interfaceIds: record.ids('NetworkInterfaceIds').toSorted(),
      routeTableIds: record.ids('RouteTableIds').toSorted(),
      securityGroupIds: record
        .records('Groups')
        .flatMap(group => group.optionalId('GroupId') ?? [])
        .sort(),
    }
  })
  const connect = eachOnce(
    answers.items('DescribeInstanceConnectEndpoints', 'InstanceConnectEndpoints'),
    (record): VpcEndpoint | null => {
      const id = record.id('InstanceConnectEndpointId')
      const vpcId = record.neededId('VpcId')
      const state = record.word('State') ?? 'unknown'
      if (id === null || vpcId === null || state === 'delete-complete') return null
      const subnetId = record.optionalId('SubnetId')
      return {
        ...ownedBy(record, id),
        kind: 'InstanceConnect',
        state: state.startsWith('create-complete') || state.startsWith('update') ? 'available' : state,
        vpcId,
        serviceName: null,
        subnetIds: subnetId === null ? [] : [subnetId],
        interfaceIds: record.ids('NetworkInterfaceIds').toSorted(),
        routeTableIds: [],
        securityGroupIds: record.ids('SecurityGroupIds').toSorted(),
      }
    },
  )
  return inOrder([...endpoints, ...connect])
}

export function readEndpointServices(answers: Answers): readonly EndpointService[] {
  const principals = new Map<string, string[]>()
  for (const answer of answers.of('DescribeVpcEndpointServicePermissions')) {
    const id = answer.parameter('ServiceId')
    if (id === null) continue
    const listed = answer.records('AllowedPrincipals').flatMap(principal => principal.text('Principal') ?? [])
    principals.set(id, [...(principals.get(id) ?? []), ...listed].sort())
  }
  const services = answers.items('DescribeVpcEndpointServiceConfigurations', 'ServiceConfigurations')
  return eachOnce(services, record => {
    const id = record.id('ServiceId')
    if (id === null || record.word('ServiceState') === 'deleted') return null
    return {
      ...ownedBy(record, id),
      serviceName: record.text('ServiceName') ?? '',
      state: record.word('ServiceState') ?? 'unknown',
      loadBalancerArns: [...record.ids('NetworkLoadBalancerArns'), ...record.ids('GatewayLoadBalancerArns')].sort(),
      allowedPrincipals: principals.get(id) ?? null,
    }
  })
}
