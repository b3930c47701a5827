import type { Accelerator } from '../../domain/network/accelerator.ts'
import { eachOnce, ownedByArn, type Answers } from './answers.ts'
import { portRangeOf } from './traffic-filter.ts'

type AcceleratorListener = Accelerator['listeners'][number]
type EndpointGroup = AcceleratorListener['endpointGroups'][number]

/** ARNs nest: `…accelerator/A`, `…/listener/L`, `…/endpoint-group/G`. (Global Accelerator API) */
export function readAccelerators(answers: Answers): readonly Accelerator[] {
  const groups = groupsByListener(answers)
  const listeners = listenersByAccelerator(answers, groups)
  return eachOnce(answers.items('ListAccelerators', 'Accelerators'), record => {
    const id = record.id('AcceleratorArn')
    if (id === null) return null
    return {
      ...ownedByArn(record, id),
      arn: id,
      name: record.text('Name') ?? '',
      isEnabled: record.flag('Enabled') !== false,
      addresses: record
        .records('IpSets')
        .flatMap(set => set.texts('IpAddresses'))
        .sort(),
      listeners: listeners.get(id) ?? [],
    }
  }).map(({ arn, accountId, name, isEnabled, addresses, listeners: own }) => ({
    arn,
    accountId,
    name,
    isEnabled,
    addresses,
    listeners: own,
  }))
}

function listenersByAccelerator(
  answers: Answers,
  groups: ReadonlyMap<string, readonly EndpointGroup[]>,
): ReadonlyMap<string, readonly AcceleratorListener[]> {
  const all = eachOnce(answers.items('ListListeners', 'Listeners'), record => {
    const arn = record.id('ListenerArn')
    if (arn === null) return null
    const protocol = record.word('Protocol') === 'udp' ? ('UDP' as const) : ('TCP' as const)
    const ports = record.records('PortRanges').flatMap(range => portRangeOf(range) ?? [])
    return { ...ownedByArn(record, arn), listener: { arn, protocol, ports, endpointGroups: groups.get(arn) ?? [] } }
  })
  const byAccelerator = Map.groupBy(all, ({ id }) => id.split('/listener/', 1)[0] ?? '')
  return new Map([...byAccelerator].map(([arn, own]) => [arn, own.map(({ listener }) => listener)]))
}

function groupsByListener(answers: Answers): ReadonlyMap<string, readonly EndpointGroup[]> {
  const all = eachOnce(answers.items('ListEndpointGroups', 'EndpointGroups'), record => {
    const arn = record.id('EndpointGroupArn')
    if (arn === null) return null
    const overrides = record.records('PortOverrides').flatMap(override => {
      const [listenerPort, endpointPort] = [override.number('ListenerPort'), override.number('EndpointPort')]
      return listenerPort === null || endpointPort === null ? [] : [{ listenerPort, endpointPort }]
    })
    const endpoints = record.records('EndpointDescriptions').flatMap(endpoint => {
      const id = endpoint.neededId('EndpointId')
      // No weight, no traffic: AWS says so by a weight of zero.
      if (id === null || endpoint.number('Weight') === 0) return []
      return [{ id, preservesClientAddress: endpoint.flag('ClientIPPreservationEnabled') === true }]
    })
    const region = record.optionalId('EndpointGroupRegion') ?? ''
    return {
      ...ownedByArn(record, arn),
      group: { arn, region, overrides, endpoints: endpoints.sort((a, b) => (a.id < b.id ? -1 : 1)) },
    }
  })
  const byListener = Map.groupBy(all, ({ id }) => id.split('/endpoint-group/', 1)[0] ?? '')
  return new Map([...byListener].map(([arn, own]) => [arn, own.map(({ group }) => group)]))
}
