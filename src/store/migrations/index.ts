import { buriedGenerations } from './2026-11-23-buried-generations.ts'
import { firstTables } from './2026-11-23-first-tables.ts'
import { incrementalRematch } from './2026-11-23-incremental-rematch.ts'
import { signalsOfFindings } from './2026-11-23-signals-of-findings.ts'
import { agentHosts } from './2026-11-24-agent-hosts.ts'
import { ecrRegistries } from './2026-11-24-ecr-registries.ts'
import { instanceNetworks } from './2026-11-25-instance-networks.ts'
import { networkFindings } from './2026-11-25-network-findings.ts'
import { riskOfFindings } from './2026-11-25-risk-of-findings.ts'
import { networkWatches } from './2026-11-26-network-watches.ts'
import { rolesOfAccessKeys } from './2026-11-25-roles-of-access-keys.ts'
import { layersByBlob } from './2026-11-27-layers-by-blob.ts'
import { describedNetworks } from './2026-11-27-described-networks.ts'
import { networkEvents } from './2026-11-27-network-events.ts'
import { imagePulls } from './2026-11-26-image-pulls.ts'
import { scoresOfFindings } from './2026-11-27-scores-of-findings.ts'

/** A step of the schema. Name and text never change once released: databases remember both. */
export interface Migration {
  /** `<date>-<what>`, its identity. */
  readonly name: string
  readonly sql: string
}

/** In the order in which a new database applies them. */
export const MIGRATIONS: readonly Migration[] = [
  firstTables,
  signalsOfFindings,
  incrementalRematch,
  buriedGenerations,
  agentHosts,
  ecrRegistries,
  networkFindings,
  instanceNetworks,
  riskOfFindings,
  networkWatches,
  rolesOfAccessKeys,
  imagePulls,
  describedNetworks,
  networkEvents,
  layersByBlob,
  scoresOfFindings,
]
