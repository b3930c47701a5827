import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AccessKeyStore } from '../accounts/access-key.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import type { Log } from '../base/log.ts'
import type { CoverageStore } from '../coverage/coverage-store.ts'
import type { FindingStore } from '../findings/finding-store.ts'
import type { LayerCache } from '../inventory/layer-cache.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { pgBossQueue } from '../jobs/pg-boss-queue.ts'
import type { AdvisoryDatabase } from '../scanning/advisory-database.ts'
import { currentAdvisories, type CurrentAdvisories } from '../scanning/current-advisories.ts'
import type { DescribedNetworkStore } from '../scanning/described-network-store.ts'
import type { NetworkStore } from '../scanning/network-store.ts'
import type { Outbox } from '../scanning/outbox.ts'
import { hostReports, type HostReports } from '../scanning/host-reports.ts'
import type { HostStore } from '../scanning/host-store.ts'
import type { NetworkWatchStore } from '../scanning/network-watch-store.ts'
import type { RegistryStore } from '../scanning/registry-store.ts'
import type { RematchStore } from '../scanning/rematch-store.ts'
import type { ScanStore } from '../scanning/scan-store.ts'
import type { SignalStore } from '../scanning/signal-store.ts'
import { openDatabase } from '../store/open-database.ts'
import { pgAccessKeyStore } from '../store/pg-access-key-store.ts'
import { pgAccountStore } from '../store/pg-account-store.ts'
import { pgCoverageStore } from '../store/pg-coverage-store.ts'
import { pgDescribedNetworks } from '../store/pg-described-networks.ts'
import { pgFindingStore } from '../store/pg-finding-store.ts'
import { pgHostStore } from '../store/pg-host-store.ts'
import { pgLayerCache } from '../store/pg-layer-cache.ts'
import { pgNetworkStore } from '../store/pg-network-store.ts'
import { pgNetworkWatchStore } from '../store/pg-network-watch-store.ts'
import { pgOutbox } from '../store/pg-outbox.ts'
import { pgRegistryStore } from '../store/pg-registry-store.ts'
import { pgRematchStore } from '../store/pg-rematch-store.ts'
import { pgScanStore } from '../store/pg-scan-store.ts'
import { pgSignalStore } from '../store/pg-signal-store.ts'
import { systemClock } from '../system/clock.ts'
import { openSecrets } from '../system/secret-box.ts'
import type { Config } from './config.ts'
import { advisoryDatabaseOf } from './local-advisories.ts'
import { openReaders, type ReaderPool } from './open-readers.ts'

/** Everything that is joined once per process; `close` undoes it in the right order. */
export interface Parts {
  readonly accounts: AccountStore
  readonly accessKeys: AccessKeyStore
  readonly registries: RegistryStore
  readonly store: ScanStore
  readonly hosts: HostStore
  readonly hostReports: HostReports
  readonly rematches: RematchStore
  readonly signals: SignalStore
  readonly networks: NetworkStore
  readonly networkWatches: NetworkWatchStore
  readonly describedNetworks: DescribedNetworkStore
  readonly findings: FindingStore
  readonly coverage: CoverageStore
  readonly layers: LayerCache
  readonly readers: ReaderPool
  readonly outbox: Outbox
  readonly advisoryDatabase: AdvisoryDatabase
  readonly advisories: CurrentAdvisories
  readonly queue: JobQueue
  /** Same in every process of the installation and after every restart; another for each purpose. */
  derivedKey(purpose: string): Uint8Array
  close(): Promise<void>
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Milliseconds that running jobs get to finish when the process is asked to stop. */
const STOP_GRACE_MS = 10_000

export async function openParts(config: Config, log: Log): Promise<Parts> {
  mkdirSync(config.home, { recursive: true, mode: 0o700 })
  const secrets = openSecrets({ home: config.home, key: config.secretKey ?? undefined })
  const advisoryDatabase = await advisoryDatabaseOf(config.home, log)
  const database = await openDatabase(
    config.databaseUrl === null ? { directory: join(config.home, 'database') } : { url: config.databaseUrl, log },
  )
  const queue = await pgBossQueue(database, { log })
  const advisories = currentAdvisories(advisoryDatabase)
  const readers = openReaders(reason => log.warn('what is scanned is read without protection', { reason }), true)
  const accounts = pgAccountStore(database)
  const store = pgScanStore(database)
  const hosts = pgHostStore(database)
  return {
    accounts,
    accessKeys: pgAccessKeyStore(database, secrets.box),
    registries: pgRegistryStore(database, secrets.box),
    store,
    hosts,
    hostReports: hostReports({ hosts, store, accounts, advisories, clock: systemClock, sha256 }),
    rematches: pgRematchStore(database),
    signals: pgSignalStore(database),
    networks: pgNetworkStore(database),
    networkWatches: pgNetworkWatchStore(database, secrets.box),
    describedNetworks: pgDescribedNetworks(database, secrets.box),
    findings: pgFindingStore(database),
    coverage: pgCoverageStore(database),
    layers: pgLayerCache(database),
    readers,
    outbox: pgOutbox(database),
    advisoryDatabase,
    advisories,
    queue,
    derivedKey: purpose => secrets.derivedKey(purpose),
    async close() {
      await queue.stop(STOP_GRACE_MS)
      readers.close()
      advisories.close()
      await database.close()
    },
  }
}
