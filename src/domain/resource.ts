import type { Instant } from '../base/clock.ts'
import type { Digest, ResourceId, Scope } from './ids.ts'

/** `resources[].type` of the API, those that this version fills. (inspector-behaviour §1.3) */
export type ResourceType = 'AWS_EC2_INSTANCE' | 'AWS_ECR_CONTAINER_IMAGE'

export interface ContainerImageDetails {
  readonly type: 'AWS_ECR_CONTAINER_IMAGE'
  readonly repositoryName: string
  /** Host of the registry, with its port when it has one. */
  readonly registry: string
  readonly imageHash: Digest
  readonly imageTags: readonly string[]
  readonly pushedAt: Instant | null
  readonly author: string | null
  /** `amd64`, `arm64`, …; `null` until the image configuration has been read. */
  readonly architecture: string | null
  /** `DEBIAN_11`; `null` until known. */
  readonly platform: string | null
}

/** A machine. `id` is an EC2 instance id, or `mi-` and 17 hexadecimal digits for a host outside EC2. */
export interface InstanceDetails {
  readonly type: 'AWS_EC2_INSTANCE'
  readonly hostName: string | null
  readonly ipV4Addresses: readonly string[]
  readonly ipV6Addresses: readonly string[]
  /** `DEBIAN_12` where its packages were read; `LINUX` or `WINDOWS` where only AWS described it; `null` until known. */
  readonly platform: string | null
  /** What AWS says of it; `null` for hosts outside EC2, and where AWS was not asked. */
  readonly ec2: Ec2Description | null
}

/** What `DescribeInstances` says of an instance, as far as findings show it. */
export interface Ec2Description {
  readonly instanceType: string | null
  readonly imageId: string | null
  readonly keyName: string | null
  readonly instanceProfileArn: string | null
  readonly vpcId: string | null
  readonly subnetId: string | null
  /** Of all its interfaces, sorted. */
  readonly securityGroupIds: readonly string[]
  readonly launchedAt: Instant | null
}

export type ResourceDetails = ContainerImageDetails | InstanceDetails

/** Something that is scanned. (account, Region, id) is its identity. */
export interface Resource {
  readonly scope: Scope
  readonly id: ResourceId
  readonly details: ResourceDetails
  readonly tags: Readonly<Record<string, string>>
}
