import { instant } from '../base/clock.ts'
import { resourceId, type Scope } from '../domain/ids.ts'
import type { Instance, NetworkInterface } from '../domain/network/interfaces.ts'
import type { Ec2Description, InstanceDetails, Resource } from '../domain/resource.ts'

/**
 * An instance as AWS describes it, with what was known of it before: its agent knows its name and its system better.
 * Interfaces are those that are attached to it.
 */
export function describedByAws(
  instance: Instance,
  interfaces: readonly NetworkInterface[],
  scope: Scope,
  known: Resource | null,
): Resource {
  const addresses = interfaces.flatMap(each => each.addresses)
  const v4 = addresses.filter(({ address }) => address.family === 'ipv4')
  const own = known?.details.type === 'AWS_EC2_INSTANCE' ? known.details : null
  const details: InstanceDetails = {
    type: 'AWS_EC2_INSTANCE',
    hostName: own?.hostName ?? null,
    ipV4Addresses: distinct(v4.flatMap(({ text, publicAddress }) => [text, publicAddress ?? []].flat())),
    ipV6Addresses: distinct(addresses.flatMap(({ address, text }) => (address.family === 'ipv6' ? text : []))),
    platform: knownSystem(own) ?? platformOf(instance),
    ec2: ec2Description(instance, interfaces),
  }
  return { scope, id: resourceId(instance.id), details, tags: instance.tags }
}

/** What an agent says of its host, with what AWS says where it was asked: addresses and tags are AWS's to tell. */
export function describedByAgent(reported: Resource, known: Resource | null): Resource {
  if (reported.details.type !== 'AWS_EC2_INSTANCE' || known?.details.type !== 'AWS_EC2_INSTANCE') return reported
  const { ec2, ipV4Addresses, ipV6Addresses } = known.details
  if (ec2 === null) return reported
  return { ...reported, details: { ...reported.details, ec2, ipV4Addresses, ipV6Addresses }, tags: known.tags }
}

function ec2Description(instance: Instance, interfaces: readonly NetworkInterface[]): Ec2Description {
  return {
    instanceType: instance.instanceType,
    imageId: instance.imageId,
    keyName: instance.keyName,
    instanceProfileArn: instance.instanceProfileArn,
    vpcId: instance.vpcId,
    subnetId: instance.subnetId,
    securityGroupIds: distinct(interfaces.flatMap(each => each.securityGroupIds)),
    launchedAt: instance.launchedAt === null ? null : instant(instance.launchedAt),
  }
}

/** The system that packages were read from; what only AWS said is said anew. */
function knownSystem(own: InstanceDetails | null): string | null {
  return own === null || own.platform === 'LINUX' || own.platform === 'WINDOWS' ? null : own.platform
}

/** `Linux/UNIX`, `Red Hat Enterprise Linux`, `Windows with SQL Server Web`, … (DescribeInstances, PlatformDetails) */
function platformOf({ platform }: Instance): string | null {
  if (platform === null) return null
  return /windows/i.test(platform) ? 'WINDOWS' : 'LINUX'
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort()
}
