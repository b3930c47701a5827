import { formatIpAddress, type Cidr } from '../../base/ip-range.ts'
import type { Instance, InterfaceAddress, NetworkInterface } from '../../domain/network/interfaces.ts'
import { eachOnce, inOrder, ownedBy, regionOfZone, type Answers } from './answers.ts'
import { distinct } from './read-vpcs.ts'
import type { WireRecord } from './wire-record.ts'

export function readInstances(answers: Answers): readonly Instance[] {
  return eachOnce(instanceRecords(answers), record => {
    const id = record.id('InstanceId')
    const state = record.word('State', 'Name')
    if (id === null) return null
    const owned = ownedInstance(record, id)
    const { accountId, region } = owned
    const tags = record.records('Tags').flatMap(tag => {
      const key = tag.text('Key')
      return key === null ? [] : [[key, tag.text('Value') ?? ''] as const]
    })
    return {
      ...owned,
      arn: accountId === null || region === null ? null : instanceArn(accountId, region, id),
      state: state ?? 'unknown',
      tags: Object.fromEntries(tags.sort(([a], [b]) => (a < b ? -1 : 1))),
      imageId: record.optionalId('ImageId'),
      instanceType: record.optionalId('InstanceType'),
      keyName: record.text('KeyName'),
      instanceProfileArn: record.record('IamInstanceProfile')?.optionalId('Arn') ?? null,
      platform: record.text('PlatformDetails') ?? record.text('Platform'),
      launchedAt: record.time('LaunchTime'),
      vpcId: record.optionalId('VpcId'),
      subnetId: record.optionalId('SubnetId'),
    }
  })
}

/** What DescribeNetworkInterfaces tells, and of interfaces that it does not, what their instances tell. */
export function readInterfaces(answers: Answers): readonly NetworkInterface[] {
  const publicAddresses = publicAddressesByPrivate(answers)
  const described = eachOnce(answers.items('DescribeNetworkInterfaces', 'NetworkInterfaces'), record =>
    interfaceOf(record, record.record('Attachment')?.optionalId('InstanceId') ?? null, publicAddresses),
  )
  const known = new Set(described.map(({ id }) => id))
  const ofInstances = instanceRecords(answers).flatMap(instance => {
    const instanceId = instance.optionalId('InstanceId')
    const isGone = ['terminated', 'shutting-down'].includes(instance.word('State', 'Name') ?? '')
    return isGone ? [] : instance.records('NetworkInterfaces').map(record => ({ record, instanceId }))
  })
  const instanceOf = new Map(ofInstances.map(({ record, instanceId }) => [record, instanceId]))
  const others = eachOnce([...instanceOf.keys()], record => {
    const id = record.optionalId('NetworkInterfaceId')
    return id === null || known.has(id) ? null : interfaceOf(record, instanceOf.get(record) ?? null, publicAddresses)
  })
  return inOrder([...described, ...others])
}

function instanceRecords(answers: Answers): readonly WireRecord[] {
  return answers.items('DescribeInstances', 'Reservations').flatMap(reservation => reservation.records('Instances'))
}

/** The reservation names the owner. */
function ownedInstance(record: WireRecord, id: string): Pick<Instance, 'id' | 'accountId' | 'region'> {
  const zone = record.record('Placement')?.text('AvailabilityZone') ?? null
  const region = record.source.region ?? regionOfZone(zone)
  return { id, accountId: record.parent?.optionalId('OwnerId') ?? record.source.accountId, region }
}

function instanceArn(accountId: string, region: string, id: string): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return `arn:${partition}:ec2:${region}:${accountId}:instance/${id}`
}

type PublicAddresses = ReadonlyMap<string, string>

function interfaceOf(
  record: WireRecord,
  instanceId: string | null,
  publicAddresses: PublicAddresses,
): NetworkInterface | null {
  const id = record.id('NetworkInterfaceId')
  const [vpcId, subnetId] = [record.neededId('VpcId'), record.neededId('SubnetId')]
  if (id === null || vpcId === null || subnetId === null) return null
  const attachment = record.record('Attachment')
  return {
    ...ownedBy(record, id),
    vpcId,
    subnetId,
    status: record.word('Status') ?? 'unknown',
    attachment:
      attachment === null && instanceId === null
        ? null
        : {
            instanceId,
            status: attachment?.word('Status') ?? 'attached',
            deviceIndex: attachment?.number('DeviceIndex') ?? null,
          },
    kind: record.word('InterfaceType') ?? 'interface',
    description: record.text('Description') ?? '',
    securityGroupIds: [...new Set(record.records('Groups').flatMap(group => group.neededId('GroupId') ?? []))].sort(),
    // A check that nobody mentions is on: that is how interfaces are made.
    hasSourceDestinationCheck: record.flag('SourceDestCheck') !== false,
    addresses: addressesOf(record, id, publicAddresses),
    prefixes: distinct([
      ...record.records('Ipv4Prefixes').map(prefix => prefix.cidr('Ipv4Prefix')),
      ...record.records('Ipv6Prefixes').map(prefix => prefix.cidr('Ipv6Prefix')),
    ] satisfies readonly (Cidr | null)[]),
  }
}

function addressesOf(record: WireRecord, id: string, publicAddresses: PublicAddresses): readonly InterfaceAddress[] {
  const known = new Map<string, InterfaceAddress & { readonly isPrimary: boolean }>()
  const listed = record.records('PrivateIpAddresses')
  for (const entry of listed.length === 0 ? [record] : listed) {
    const address = entry.address('PrivateIpAddress')
    if (address === null) continue
    const text = formatIpAddress(address)
    const publicAddress = publicAddressOf(entry) ?? publicAddresses.get(`${id} ${text}`) ?? null
    const isPrimary = listed.length === 0 || entry.flag('Primary') === true
    known.set(text, { address, text, publicAddress, isPrimary })
  }
  for (const entry of record.records('Ipv6Addresses')) {
    const address = entry.address('Ipv6Address')
    if (address === null) continue
    const text = formatIpAddress(address)
    known.set(text, { address, text, publicAddress: null, isPrimary: false })
  }
  return [...known.values()]
    .sort(
      (a, b) =>
        a.address.family.localeCompare(b.address.family) ||
        Number(b.isPrimary) - Number(a.isPrimary) ||
        (a.address.value < b.address.value ? -1 : 1),
    )
    .map(({ address, text, publicAddress }) => ({ address, text, publicAddress }))
}

/** Addresses of a carrier or of a customer's own pool are none that an internet gateway translates. (reachability §2.6) */
function publicAddressOf(entry: WireRecord): string | null {
  const association = entry.record('Association')
  const address = association?.address('PublicIp') ?? null
  return address === null || association?.has('CustomerOwnedIp') === true ? null : formatIpAddress(address)
}

/** Elastic addresses by interface and private address. */
function publicAddressesByPrivate(answers: Answers): PublicAddresses {
  const known = new Map<string, string>()
  for (const record of answers.items('DescribeAddresses', 'Addresses')) {
    const interfaceId = record.optionalId('NetworkInterfaceId')
    const [own, outer] = [record.address('PrivateIpAddress'), record.address('PublicIp')]
    if (interfaceId === null || own === null || outer === null || record.has('CustomerOwnedIp')) continue
    const key = `${interfaceId} ${formatIpAddress(own)}`
    const text = formatIpAddress(outer)
    if (text < (known.get(key) ?? '~')) known.set(key, text)
  }
  return known
}
