import type { Brand } from '../base/brand.ts'

/** Twelve digits. */
export type AccountId = Brand<string, 'AccountId'>
/** An AWS Region name such as `eu-west-1`; the data set that a request speaks to. */
export type Region = Brand<string, 'Region'>
/** What `resources[].id` holds: an instance id, an image ARN, a function ARN. (inspector-behaviour §1.3) */
export type ResourceId = Brand<string, 'ResourceId'>
/** `CVE-2021-44228`, else `GHSA-…`, else the id of the ecosystem's own database. */
export type VulnerabilityId = Brand<string, 'VulnerabilityId'>
/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = Brand<string, 'Digest'>

/** Every stored thing belongs to one account in one Region. */
export interface Scope {
  readonly accountId: AccountId
  readonly region: Region
}

export function parseAccountId(text: string): AccountId | null {
  return /^[0-9]{12}$/.test(text) ? (text as AccountId) : null
}

export function parseRegion(text: string): Region | null {
  return /^[a-z]{2,4}(-[a-z]{2,10}){1,3}-[0-9]{1,2}$/.test(text) ? (text as Region) : null
}

export function parseDigest(text: string): Digest | null {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? (text as Digest) : null
}

export function resourceId(text: string): ResourceId {
  return text as ResourceId
}

export function vulnerabilityId(text: string): VulnerabilityId {
  return text as VulnerabilityId
}

/** The partition that a Region belongs to, as ARNs spell it. (AWS General Reference, partitions) */
export function partitionOf(region: Region): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}
