import type { Instant } from '../../../base/clock.ts'
import { partitionOf } from '../../../domain/ids.ts'
import type { Finding, NetworkDetection, PackageDetection, VulnerablePackage } from '../../../domain/finding.ts'
import type { ContainerImageDetails, InstanceDetails, Resource } from '../../../domain/resource.ts'
import { cutText } from '../cut-text.ts'

/** `title`, `description` and the text of a recommendation in the model. (inspector-behaviour §1.2) */
const TEXT_LIMIT = 1_024

/** `networkPath.steps` in the model. */
const STEP_LIMIT = 30

/** `vm.securityGroupIds` in the model. */
const GROUP_LIMIT = 5

/**
 * `Finding` of the wire. What is unknown is left out, never guessed: `exploitAvailable` is absent where no source that
 * would know has been asked, `epss` where nobody gave a score. (inspector-behaviour §1.2 to §1.4, §1.6, §1.7)
 */
export function findingShape(finding: Finding) {
  const { detection, resource } = finding
  return {
    findingArn: finding.arn,
    awsAccountId: resource.scope.accountId,
    status: finding.status,
    firstObservedAt: wireTime(finding.firstObservedAt),
    lastObservedAt: wireTime(finding.lastObservedAt),
    updatedAt: wireTime(finding.updatedAt),
    ...(detection.type === 'PACKAGE_VULNERABILITY' ? packageShape(detection) : networkShape(detection)),
    resources: [resourceShape(resource)],
  }
}

/** The members of `Finding` that a single scan can tell, without the past; `scan --format json` prints them too. */
export function packageShape(detection: PackageDetection) {
  return {
    type: detection.type,
    title: cutText(detection.title, TEXT_LIMIT),
    // The model wants at least one character, and not every source describes its flaws.
    description: cutText(detection.description || detection.title, TEXT_LIMIT),
    severity: detection.severity,
    inspectorScore: detection.score?.score,
    inspectorScoreDetails: detection.score
      ? {
          adjustedCvss: {
            scoreSource: detection.score.source,
            cvssSource: detection.score.source,
            version: detection.score.version,
            score: detection.score.score,
            scoringVector: detection.score.vector,
            adjustments: detection.score.context?.adjustments ?? [],
          },
        }
      : undefined,
    fixAvailable: detection.fixAvailable,
    exploitAvailable: detection.exploit === null ? undefined : detection.exploit.isAvailable ? 'YES' : 'NO',
    exploitabilityDetails: detection.exploit?.lastKnownAt
      ? { lastKnownExploitAt: wireTime(detection.exploit.lastKnownAt) }
      : undefined,
    epss: detection.epssScore === null ? undefined : { score: detection.epssScore },
    // The commands are with the packages; this is what Amazon writes then. (inspector-behaviour §1.4)
    remediation: { recommendation: { text: cutText(detection.recommendation ?? 'None Provided', TEXT_LIMIT) } },
    packageVulnerabilityDetails: {
      vulnerabilityId: detection.vulnerabilityId,
      source: detection.source,
      sourceUrl: detection.sourceUrl ?? undefined,
      vendorSeverity: detection.vendorSeverity ?? undefined,
      vendorCreatedAt: wireTime(detection.vendorCreatedAt),
      vendorUpdatedAt: wireTime(detection.vendorUpdatedAt),
      cvss: detection.cvss.map(({ version, baseScore, vector, source }) => ({
        version,
        baseScore,
        scoringVector: vector,
        source,
      })),
      relatedVulnerabilities: detection.relatedVulnerabilities,
      referenceUrls: detection.referenceUrls,
      vulnerablePackages: detection.vulnerablePackages.map(vulnerablePackageShape),
    },
  }
}

function networkShape({ type, title, description, severity, recommendation, path }: NetworkDetection) {
  const { ports, protocol, steps } = path
  return {
    type,
    title: cutText(title, TEXT_LIMIT),
    description: cutText(description, TEXT_LIMIT),
    severity,
    remediation: { recommendation: { text: cutText(recommendation, TEXT_LIMIT) } },
    networkReachabilityDetails: {
      openPortRange: { begin: ports.begin, end: ports.end },
      protocol,
      networkPath: {
        steps: steps.slice(0, STEP_LIMIT).map(({ componentId, componentType, componentArn }) => ({
          componentId,
          componentType,
          componentArn,
        })),
      },
    },
  }
}

function wireTime(time: Instant | null): Date | undefined {
  return time === null ? undefined : new Date(time)
}

function vulnerablePackageShape(pkg: VulnerablePackage) {
  return {
    name: pkg.name,
    version: pkg.version,
    epoch: pkg.epoch,
    release: pkg.release ?? undefined,
    arch: pkg.arch ?? undefined,
    packageManager: pkg.manager === 'OTHER' ? undefined : pkg.manager,
    filePath: pkg.filePath ?? undefined,
    fixedInVersion: pkg.fixedInVersion ?? undefined,
    remediation: pkg.remediation ?? undefined,
    sourceLayerHash: pkg.sourceLayerHash ?? undefined,
  }
}

function resourceShape({ scope, id, details, tags }: Resource) {
  return {
    type: details.type,
    id,
    partition: partitionOf(scope.region),
    region: scope.region,
    tags,
    provider: 'AWS',
    providerAccountId: scope.accountId,
    details: details.type === 'AWS_ECR_CONTAINER_IMAGE' ? imageShapes(details) : instanceShapes(details),
  }
}

/** The AWS object and the provider-neutral one beside it. (inspector-behaviour §1.3) */
function imageShapes(image: ContainerImageDetails) {
  const common = {
    repositoryName: image.repositoryName,
    registry: image.registry,
    imageTags: image.imageTags,
    pushedAt: wireTime(image.pushedAt),
    author: image.author ?? undefined,
    architecture: image.architecture ?? undefined,
    platform: image.platform ?? undefined,
  }
  return {
    awsEcrContainerImage: { ...common, imageHash: image.imageHash },
    image: { ...common, imageDigest: image.imageHash },
  }
}

function instanceShapes({ hostName, ec2, ...instance }: InstanceDetails) {
  const common = {
    ipV4Addresses: instance.ipV4Addresses,
    ipV6Addresses: instance.ipV6Addresses,
    platform: instance.platform ?? undefined,
    type: ec2?.instanceType ?? undefined,
    keyName: ec2?.keyName ?? undefined,
    launchedAt: wireTime(ec2?.launchedAt ?? null),
  }
  return {
    awsEc2Instance: {
      ...common,
      imageId: ec2?.imageId ?? undefined,
      iamInstanceProfileArn: ec2?.instanceProfileArn ?? undefined,
      vpcId: ec2?.vpcId ?? undefined,
      subnetId: ec2?.subnetId ?? undefined,
    },
    vm: {
      ...common,
      vmName: hostName ?? undefined,
      vmImageReference: ec2?.imageId ?? undefined,
      executionRole: ec2?.instanceProfileArn ?? undefined,
      networkId: ec2?.vpcId ?? undefined,
      subnetIds: ec2?.subnetId ? [ec2.subnetId] : undefined,
      securityGroupIds: ec2 && ec2.securityGroupIds.length > 0 ? ec2.securityGroupIds.slice(0, GROUP_LIMIT) : undefined,
    },
  }
}
