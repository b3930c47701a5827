import { addAccount } from './accounts/add-account.ts'
import { createAccessKey } from './access-keys/create-access-key.ts'
import { listAccessKeys } from './access-keys/list-access-keys.ts'
import { removeAccessKey } from './access-keys/remove-access-key.ts'
import { syncAdvisories } from './advisories/sync-advisories.ts'
import { listCoverageDetails } from './coverage/list-coverage-details.ts'
import type { Extension } from './extension.ts'
import { explainFinding } from './findings/explain-finding.ts'
import { listFindingsByRisk } from './findings/list-by-risk.ts'
import { addHost } from './hosts/add-host.ts'
import { getHost } from './hosts/get-host.ts'
import { listHosts } from './hosts/list-hosts.ts'
import { removeHost } from './hosts/remove-host.ts'
import { evaluateNetwork } from './networks/evaluate-network.ts'
import { getNetwork } from './networks/get-network.ts'
import { unwatchNetwork } from './networks/unwatch-network.ts'
import { watchNetwork } from './networks/watch-network.ts'
import { addRegistry } from './registries/add-registry.ts'
import { listRegistries } from './registries/list-registries.ts'
import { removeRegistry } from './registries/remove-registry.ts'

/** Signed operations of our own, under `/openinspector/`. */
export const EXTENSIONS: readonly Extension[] = [
  addAccount,
  addHost,
  addRegistry,
  createAccessKey,
  evaluateNetwork,
  explainFinding,
  getHost,
  getNetwork,
  listAccessKeys,
  listCoverageDetails,
  listFindingsByRisk,
  listHosts,
  listRegistries,
  removeAccessKey,
  removeHost,
  removeRegistry,
  syncAdvisories,
  unwatchNetwork,
  watchNetwork,
]

/** The extension that a method and raw path name, with the text of its `{id}`. */
export function matchExtension(
  method: string,
  rawPath: string,
): { readonly extension: Extension; readonly id: string } | null {
  for (const extension of EXTENSIONS) {
    if (extension.method !== method) continue
    if (!extension.path.endsWith('/{id}')) {
      if (extension.path === rawPath) return { extension, id: '' }
      continue
    }
    const prefix = extension.path.slice(0, -'{id}'.length)
    // Ids are letters, digits and dashes; nothing in them needs decoding.
    const id = rawPath.startsWith(prefix) ? rawPath.slice(prefix.length) : ''
    if (/^[A-Za-z0-9-]{1,64}$/.test(id)) return { extension, id }
  }
  return null
}
