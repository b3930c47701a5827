import { partitionOf, resourceId, type Digest, type ResourceId, type Scope } from '../domain/ids.ts'

/**
 * The id of an image: the ARN that ECR would give it, with the registry's host before the repository's name, so that one
 * digest in two registries is two resources. (Form by inspector-behaviour §1.3; the host part is ours: decisions/0006)
 */
export function imageResourceId(scope: Scope, registryHost: string, repository: string, digest: Digest): ResourceId {
  const { region, accountId } = scope
  return resourceId(
    `arn:${partitionOf(region)}:ecr:${region}:${accountId}:repository/${registryHost}/${repository}/${digest}`,
  )
}
