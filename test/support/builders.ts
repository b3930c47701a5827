import { instant } from '../../src/base/clock.ts'
import type { Advisory } from '../../src/domain/advisory.ts'
import type { Coverage } from '../../src/domain/coverage.ts'
import {
  findingKeyOf,
  isPackageFinding,
  type Detection,
  type Finding,
  type NetworkDetection,
  type PackageDetection,
  type PackageFinding,
  type VulnerablePackage,
} from '../../src/domain/finding.ts'
import {
  parseAccountId,
  parseDigest,
  parseRegion,
  resourceId,
  vulnerabilityId,
  type Scope,
} from '../../src/domain/ids.ts'
import type { InstalledPackage, Inventory } from '../../src/domain/inventory.ts'
import { namespace } from '../../src/domain/namespace.ts'
import type { ContainerImageDetails, Ec2Description, InstanceDetails, Resource } from '../../src/domain/resource.ts'
import type { OpenPath } from '../../src/domain/network/open-path.ts'
import { findingArn } from '../../src/findings/finding-arn.ts'
import { networkDetectionsOf } from '../../src/findings/network/network-detection.ts'
import { sha256 } from './sha256.ts'

/** 2026-01-01T00:00:00Z: what tests call now unless they say otherwise. */
export const SOME_TIME = instant(Date.UTC(2026, 0, 1))

export function aScope(given: { readonly accountId?: string; readonly region?: string } = {}): Scope {
  return {
    accountId: parseAccountId(given.accountId ?? '111122223333')!,
    region: parseRegion(given.region ?? 'eu-west-1')!,
  }
}

/** One that says nothing about any package. */
export function anAdvisory(given: Partial<Advisory> = {}): Advisory {
  return {
    id: 'OSV-2026-1',
    feed: 'osv',
    source: 'OSV',
    sourceUrl: null,
    aliases: [],
    upstream: [],
    summary: null,
    details: null,
    severities: [],
    references: [],
    published: null,
    modified: null,
    withdrawn: null,
    affected: [],
    ...given,
  }
}

/** `sha256:` of any text. */
export function aDigest(of = 'something') {
  return parseDigest(`sha256:${sha256(of)}`)!
}

export function anImage(given: Partial<ContainerImageDetails> = {}): ContainerImageDetails {
  return {
    type: 'AWS_ECR_CONTAINER_IMAGE',
    repositoryName: 'team/app',
    registry: 'registry.example:5000',
    imageHash: aDigest('image'),
    imageTags: ['latest'],
    pushedAt: SOME_TIME,
    author: null,
    architecture: 'amd64',
    platform: 'DEBIAN_12',
    ...given,
  }
}

export function anInstance(given: Partial<InstanceDetails> = {}): InstanceDetails {
  return {
    type: 'AWS_EC2_INSTANCE',
    hostName: 'host.example',
    ipV4Addresses: ['192.0.2.1'],
    ipV6Addresses: [],
    platform: 'DEBIAN_12',
    ec2: null,
    ...given,
  }
}

export function anEc2Description(given: Partial<Ec2Description> = {}): Ec2Description {
  return {
    instanceType: 't3.micro',
    imageId: 'ami-0123456789abcdef0',
    keyName: null,
    instanceProfileArn: null,
    vpcId: 'vpc-0123456789abcdef0',
    subnetId: 'subnet-0123456789abcdef0',
    securityGroupIds: ['sg-a'],
    launchedAt: SOME_TIME,
    ...given,
  }
}

/** A container image unless `details` says otherwise. */
export function aResource(given: Partial<Resource> = {}): Resource {
  return {
    scope: aScope(),
    id: resourceId('arn:aws:ecr:eu-west-1:111122223333:repository/team/app/sha256:00'),
    details: anImage(),
    tags: {},
    ...given,
  }
}

export function aCoverage(given: Partial<Coverage> = {}): Coverage {
  return {
    resource: aResource(),
    scanType: 'PACKAGE',
    reason: 'SUCCESSFUL',
    detail: null,
    problems: [],
    lastScannedAt: SOME_TIME,
    ...given,
  }
}

export function aPackage(given: Partial<InstalledPackage> = {}): InstalledPackage {
  return {
    type: 'deb',
    namespace: namespace('debian:12'),
    name: 'openssl',
    version: '3.0.11-1~deb12u2',
    arch: 'amd64',
    source: null,
    manager: 'OS',
    filePath: 'var/lib/dpkg/status',
    layer: null,
    ownedBy: null,
    ...given,
  }
}

export function anInventory(given: Partial<Inventory> = {}): Inventory {
  return {
    distro: { id: 'debian', versionId: '12', codename: 'bookworm', prettyName: 'Debian GNU/Linux 12 (bookworm)' },
    packages: [aPackage()],
    problems: [],
    ...given,
  }
}

export function aVulnerablePackage(given: Partial<VulnerablePackage> = {}): VulnerablePackage {
  return {
    name: 'openssl',
    version: '3.0.11',
    release: '1~deb12u2',
    epoch: 0,
    arch: 'AMD64',
    manager: 'OS',
    filePath: null,
    foundIn: 'var/lib/dpkg/status',
    fixedInVersion: '0:3.0.14-1~deb12u2',
    remediation: 'apt-get update && apt-get upgrade',
    sourceLayerHash: null,
    evidence: [],
    ...given,
  }
}

export function aDetection(given: Partial<PackageDetection> = {}): PackageDetection {
  return {
    type: 'PACKAGE_VULNERABILITY',
    vulnerabilityId: vulnerabilityId('CVE-2024-6119'),
    title: 'CVE-2024-6119 - openssl',
    description: 'Invented for tests.',
    severity: 'HIGH',
    score: { score: 7.5, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', version: '3.1', source: 'NVD' },
    fixAvailable: 'YES',
    source: 'DEBIAN_CVE',
    sourceUrl: null,
    vendorSeverity: null,
    vendorCreatedAt: null,
    vendorUpdatedAt: null,
    cvss: [],
    relatedVulnerabilities: [],
    referenceUrls: [],
    epssScore: null,
    exploit: null,
    kev: null,
    isDisputed: false,
    vulnerablePackages: [aVulnerablePackage()],
    ...given,
  }
}

/** Its ARN follows from resource, vulnerability and generation, as in the product. */
export function aFinding(
  given: Partial<Omit<Finding, 'detection'>> & { readonly detection?: Partial<PackageDetection> } = {},
): PackageFinding {
  return { ...aFindingOf(aDetection(given.detection), given), detection: aDetection(given.detection) }
}

/** The lasting record of a detection of any type. */
export function aFindingOf(detection: Detection, given: Partial<Omit<Finding, 'detection'>> = {}): Finding {
  const resource = given.resource ?? aResource()
  const generation = given.generation ?? 1
  const { type } = detection
  return {
    arn: findingArn(
      { scope: resource.scope, resourceId: resource.id, type, key: findingKeyOf(detection), generation },
      sha256,
    ),
    generation,
    status: 'ACTIVE',
    firstObservedAt: SOME_TIME,
    lastObservedAt: SOME_TIME,
    updatedAt: SOME_TIME,
    closedAt: null,
    closeReason: null,
    ...given,
    resource,
    detection,
  }
}

/** SSH open to the internet unless told otherwise. */
export function anOpenPath(given: Partial<OpenPath> = {}): OpenPath {
  return {
    accountId: '111122223333',
    region: 'eu-west-1',
    instanceId: 'i-0000000000000000a',
    interfaceId: 'eni-a',
    edge: { kind: 'internet-gateway', id: 'igw-a' },
    family: 'ipv4',
    protocol: 'TCP',
    ports: { begin: 22, end: 22 },
    sources: ['0.0.0.0/0'],
    confidence: 'certain',
    assumptions: [],
    targetAddresses: ['10.0.0.10'],
    publicAddresses: ['198.51.100.10'],
    frontendPorts: [],
    via: [],
    instanceState: 'running',
    steps: [
      { componentId: 'igw-a', componentType: 'AWS::EC2::InternetGateway' },
      { componentId: 'acl-a', componentType: 'AWS::EC2::NetworkAcl' },
      { componentId: 'sg-a', componentType: 'AWS::EC2::SecurityGroup' },
      { componentId: 'eni-a', componentType: 'AWS::EC2::NetworkInterface' },
      { componentId: given.instanceId ?? 'i-0000000000000000a', componentType: 'AWS::EC2::Instance' },
    ],
    alternatePathCount: 0,
    hops: [
      {
        componentId: 'sg-a',
        componentType: 'AWS::EC2::SecurityGroup',
        direction: 'forward',
        verdict: 'passes',
        rule: 'sgr-a',
        detail: 'The group admits TCP 22 from anywhere.',
      },
    ],
    ...given,
  }
}

export function aNetworkDetection(given: Partial<OpenPath> = {}): NetworkDetection {
  return networkDetectionsOf([anOpenPath(given)], sha256)[0]!
}

/** What a finding says of its packages; throws when it is about something else. */
export function packageDetection(finding: Finding): PackageDetection {
  if (!isPackageFinding(finding)) throw new Error(`not about packages: ${finding.detection.title}`)
  return finding.detection
}
