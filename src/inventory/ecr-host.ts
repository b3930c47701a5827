import { parseAccountId, parseRegion } from '../domain/ids.ts'
import type { AccountId, Region } from '../domain/ids.ts'

export interface EcrHost {
  readonly host: string
  readonly accountId: AccountId
  readonly region: Region
  /** Whether the host is one of the FIPS 140 endpoints. */
  readonly isFips: boolean
}

const HOSTS = [
  /^([0-9]{12})\.dkr\.ecr(-fips)?\.([a-z0-9-]{1,40})\.amazonaws\.com(?:\.cn)?$/,
  /^([0-9]{12})\.dkr-ecr(-fips)?\.([a-z0-9-]{1,40})\.on\.(?:aws|amazonwebservices\.com\.cn)$/,
]

/** The account and Region of a private registry of Amazon ECR, `null` for every other host. (ECR User Guide, private registries and endpoints) */
export function parseEcrHost(host: string): EcrHost | null {
  if (host.length > 253) return null
  for (const pattern of HOSTS) {
    const [, account = '', fips, place = ''] = pattern.exec(host) ?? []
    const accountId = parseAccountId(account)
    const region = parseRegion(place)
    if (accountId !== null && region !== null) return { host, accountId, region, isFips: fips !== undefined }
  }
  return null
}
