import { parseEcrHost } from '../inventory/ecr-host.ts'
import { partitionOf, resourceId, type Digest, type ResourceId, type Scope } from '../domain/ids.ts'

/**
 * The id of an image: its ARN where it is in ECR, else the ARN that ECR would give it, with the registry's host before the
 * repository's name, so that one digest in two registries is two resources. (Form by inspector-behaviour §1.3; the host
 * part is ours: decisions/0006)
 */
export function imageResourceId(scope: Scope, registryHost: string, repository: string, digest: Digest): ResourceId {
  const own = parseEcrHost(registryHost)
  const { region, accountId } = own ?? scope
  const path = own === null ? `${registryHost}/${repository}` : repository
  return resourceId(`arn:${partitionOf(region)}:ecr:${region}:${accountId}:repository/${path}/${digest}`)
}
