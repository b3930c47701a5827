import type { Instant } from '../../../base/clock.ts'
import { STATUS_CODE_OF_REASON } from '../../../domain/coverage.ts'
import type { Coverage } from '../../../domain/coverage.ts'
import { partitionOf } from '../../../domain/ids.ts'
import type { ResourceDetails } from '../../../domain/resource.ts'

/** `CoveredResource` of the wire. (inspector-behaviour §7) */
export function coverageShape({ resource, scanType, reason, lastScannedAt, imagePulledAt }: Coverage) {
  const { scope, id, details, tags } = resource
  return {
    resourceType: details.type,
    resourceId: id,
    accountId: scope.accountId,
    scanType,
    scanStatus: { statusCode: STATUS_CODE_OF_REASON[reason], reason },
    resourceMetadata: metadataOf(details, tags, imagePulledAt),
    lastScannedAt: lastScannedAt === null ? undefined : new Date(lastScannedAt),
    provider: 'AWS',
    providerAccountId: scope.accountId,
    providerRegion: scope.region,
    providerPartition: partitionOf(scope.region),
  }
}

function metadataOf(details: ResourceDetails, tags: Readonly<Record<string, string>>, pulledAt: Instant | undefined) {
  return details.type === 'AWS_ECR_CONTAINER_IMAGE'
    ? { ecrImage: { tags: details.imageTags, imagePulledAt: pulledAt === undefined ? undefined : new Date(pulledAt) } }
    : { ec2: { tags, amiId: details.ec2?.imageId ?? undefined, platform: ec2Platform(details.platform) } }
}

/** `Ec2Platform`: the family that a platform such as `DEBIAN_12` belongs to. */
function ec2Platform(platform: string | null): 'WINDOWS' | 'LINUX' | 'MACOS' | 'UNKNOWN' {
  if (platform === null) return 'UNKNOWN'
  if (platform.startsWith('WINDOWS')) return 'WINDOWS'
  return platform.startsWith('MACOS') ? 'MACOS' : 'LINUX'
}
