import { instant } from '../../../src/base/clock.ts'
import type { Coverage } from '../../../src/domain/coverage.ts'
import type { FindingArn, PackageDetection, PackageFinding, VulnerablePackage } from '../../../src/domain/finding.ts'
import { parseAccountId, parseDigest, parseRegion, resourceId, vulnerabilityId } from '../../../src/domain/ids.ts'
import type { Scope } from '../../../src/domain/ids.ts'
import type { Resource } from '../../../src/domain/resource.ts'

export const SCOPE: Scope = { accountId: parseAccountId('210987654321')!, region: parseRegion('eu-west-1')! }

const DIGEST = parseDigest(`sha256:${'a1'.repeat(32)}`)!

export function anImage(overrides: Partial<Resource> = {}): Resource {
  return {
    scope: SCOPE,
    id: resourceId(`arn:aws:ecr:eu-west-1:210987654321:repository/shop/cart/${DIGEST}`),
    details: {
      type: 'AWS_ECR_CONTAINER_IMAGE',
      repositoryName: 'shop/cart',
      registry: 'registry.example.com:5000',
      imageHash: DIGEST,
      imageTags: ['1.4', 'latest'],
      pushedAt: instant(1_767_225_600_000),
      author: null,
      architecture: 'amd64',
      platform: 'DEBIAN_11',
    },
    tags: {},
    ...overrides,
  }
}

export function anInstance(): Resource {
  return {
    scope: SCOPE,
    id: resourceId('i-0a1b2c3d4e5f60718'),
    details: {
      type: 'AWS_EC2_INSTANCE',
      hostName: 'cart-1',
      ipV4Addresses: ['10.0.0.7'],
      ipV6Addresses: [],
      platform: 'DEBIAN_12',
      ec2: null,
    },
    tags: { team: 'payments' },
  }
}

function aPackage(overrides: Partial<VulnerablePackage> = {}): VulnerablePackage {
  return {
    name: 'libfoo1',
    version: '2.4.1',
    release: '3+deb11u1',
    epoch: 0,
    arch: 'AMD64',
    manager: 'OS',
    filePath: null,
    foundIn: 'var/lib/dpkg/status',
    fixedInVersion: '0:2.4.1-3+deb11u2',
    remediation: 'apt-get update && apt-get upgrade',
    sourceLayerHash: `sha256:${'b2'.repeat(32)}`,
    evidence: [],
    ...overrides,
  }
}

function aDetection(overrides: Partial<PackageDetection> = {}): PackageDetection {
  return {
    type: 'PACKAGE_VULNERABILITY',
    vulnerabilityId: vulnerabilityId('CVE-2025-11111'),
    title: 'CVE-2025-11111 - libfoo1, foo-utils',
    description: 'A length check is missing.',
    severity: 'HIGH',
    score: { score: 7.1, vector: 'CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:H', version: '3.1', source: 'NVD' },
    fixAvailable: 'PARTIAL',
    source: 'DEBIAN_CVE',
    sourceUrl: 'https://security-tracker.debian.org/tracker/CVE-2025-11111',
    vendorSeverity: 'high',
    vendorCreatedAt: instant(1_766_966_400_000),
    vendorUpdatedAt: null,
    cvss: [{ version: '3.1', baseScore: 8.2, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:H', source: 'NVD' }],
    relatedVulnerabilities: ['DSA-9999-1'],
    referenceUrls: [],
    epssScore: null,
    exploit: null,
    kev: null,
    isDisputed: false,
    vulnerablePackages: [aPackage(), aPackage({ name: 'foo-utils', fixedInVersion: null, remediation: null })],
    ...overrides,
  }
}

export function aFinding(overrides: Partial<PackageFinding> = {}, number = 1): PackageFinding {
  const hex = number.toString(16).padStart(32, '0')
  return {
    arn: `arn:aws:inspector2:eu-west-1:210987654321:finding/${hex}` as FindingArn,
    generation: 1,
    status: 'ACTIVE',
    resource: anImage(),
    detection: aDetection(),
    firstObservedAt: instant(1_767_225_600_125),
    lastObservedAt: instant(1_767_312_000_500),
    updatedAt: instant(1_767_312_000_500),
    closedAt: null,
    closeReason: null,
    ...overrides,
  }
}

export function aCoverage(overrides: Partial<Coverage> = {}): Coverage {
  return {
    resource: anImage(),
    scanType: 'PACKAGE',
    reason: 'SUCCESSFUL',
    detail: null,
    problems: [],
    lastScannedAt: instant(1_767_312_000_500),
    ...overrides,
  }
}
