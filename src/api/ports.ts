import type { AccessKeyStore } from '../accounts/access-key.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import type { CoverageStore } from '../coverage/coverage-store.ts'
import type { FindingStore } from '../findings/finding-store.ts'
import type { Readers } from '../inventory/readers.ts'
import type { Scope } from '../domain/ids.ts'
import type { CurrentAdvisories } from '../scanning/current-advisories.ts'
import type { HostReports } from '../scanning/host-reports.ts'
import type { HostStore } from '../scanning/host-store.ts'
import type { NetworkWatchStore } from '../scanning/network-watch-store.ts'
import type { RegistryStore } from '../scanning/registry-store.ts'
import type { WorkRequests } from '../scanning/work-requests.ts'
import type { JsonObject } from './protocol/json-body.ts'

/** What the API needs from the rest of the product. */
export interface ApiPorts {
  readonly accounts: AccountStore
  readonly accessKeys: AccessKeyStore
  readonly findings: FindingStore
  readonly coverage: CoverageStore
  readonly registries: RegistryStore
  readonly networkWatches: NetworkWatchStore
  readonly hosts: HostStore
  readonly hostReports: HostReports
  readonly work: WorkRequests
  /** What must be asked again in an account and Region because of a notice; `null` for what changes nothing there. */
  readonly changedCalls: (notice: JsonObject, scope: Scope) => 'all' | readonly string[] | null
  readonly advisories: Pick<CurrentAdvisories, 'index'>
  readonly readers: Readers
}
