import type { Instant } from '../base/clock.ts'
import { STATUS_CODE_OF_REASON, type Coverage } from '../domain/coverage.ts'
import type { InstanceDetails, Resource } from '../domain/resource.ts'
import type { KnownResource } from '../scanning/scan-store.ts'
import { storable, storableKey, storableTags } from './storable.ts'

/** The columns that say what a resource is and how it is covered. */
export interface ResourceColumns {
  readonly resourceType: string
  readonly registry: string | null
  readonly repository: string | null
  readonly imageTags: readonly string[]
  readonly tags: string
  readonly document: string
  readonly statusCode: string
  readonly reason: string
  readonly coverage: string
  readonly lastScannedAt: Instant | null
}

export function resourceColumns(coverage: Coverage): ResourceColumns {
  const { resource, ...rest } = coverage
  const image = resource.details.type === 'AWS_ECR_CONTAINER_IMAGE' ? resource.details : null
  return {
    resourceType: resource.details.type,
    registry: image === null ? null : storableKey(image.registry),
    repository: image === null ? null : storableKey(image.repositoryName),
    imageTags: image === null ? [] : image.imageTags.map(storable),
    tags: JSON.stringify(storableTags(resource.tags)),
    document: JSON.stringify(resource),
    statusCode: STATUS_CODE_OF_REASON[coverage.reason],
    reason: coverage.reason,
    coverage: JSON.stringify(rest),
    lastScannedAt: coverage.lastScannedAt,
  }
}

/** The two JSON columns that `resourceColumns` wrote. */
export interface ResourceDocuments {
  readonly document: string
  readonly coverage: string
}

export function knownResource(row: ResourceDocuments): KnownResource {
  const resource = rememberedResource(JSON.parse(row.document) as Resource)
  const coverage = JSON.parse(row.coverage) as Omit<Coverage, 'resource'>
  return { resource, coverage: { ...coverage, resource } }
}

/** A resource of a stored document: those of versions that did not ask AWS lack what it says. */
export function rememberedResource(resource: Resource): Resource {
  const { details } = resource
  if (details.type !== 'AWS_EC2_INSTANCE' || 'ec2' in details) return resource
  return { ...resource, details: { ...(details as InstanceDetails), ec2: null } }
}
