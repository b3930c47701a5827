import { instant } from '../../src/base/clock.ts'
import type { Coverage } from '../../src/domain/coverage.ts'
import type { Detection, Finding, VulnerablePackage } from '../../src/domain/finding.ts'
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
import type { ContainerImageDetails, InstanceDetails, Resource } from '../../src/domain/resource.ts'
import { findingArn } from '../../src/findings/finding-arn.ts'
import { sha256 } from './sha256.ts'

/** 2026-01-01T00:00:00Z: what tests call now unless they say otherwise. */
export const SOME_TIME = instant(Date.UTC(2026, 0, 1))

export function aScope(given: { readonly accountId?: string; readonly region?: string } = {}): Scope {
  return {
    accountId: parseAccountId(given.accountId ?? '111122223333')!,
    region: parseRegion(given.region ?? 'eu-west-1')!,
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

export function aDetection(given: Partial<Detection> = {}): Detection {
  return {
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
  given: Partial<Omit<Finding, 'detection'>> & { readonly detection?: Partial<Detection> } = {},
): Finding {
  const resource = given.resource ?? aResource()
  const detection = aDetection(given.detection)
  const generation = given.generation ?? 1
  return {
    arn: findingArn(
      { scope: resource.scope, resourceId: resource.id, vulnerabilityId: detection.vulnerabilityId, generation },
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
