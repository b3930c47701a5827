import type { Clock } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { resourceId, type Scope } from '../domain/ids.ts'
import type { Inventory } from '../domain/inventory.ts'
import type { Resource } from '../domain/resource.ts'
import type { Ecosystem } from '../ecosystems/ecosystem.ts'
import type { FileTree } from '../inventory/file-tree.ts'
import { readRoot } from '../inventory/read-root.ts'
import type { Readers } from '../inventory/readers.ts'
import { assessInventory, changesFrom, coverageFrom } from './assess-inventory.ts'
import type { CurrentAdvisories } from './current-advisories.ts'
import { platformOf } from './platform.ts'
import type { ScanStore } from './scan-store.ts'

export interface ScanHostParts {
  readonly store: ScanStore
  readonly advisories: CurrentAdvisories
  readonly ecosystems: readonly Ecosystem[]
  readonly readers: Readers
  readonly clock: Clock
  readonly sha256: Sha256Hex
}

/** What the machine says about itself, apart from its files. */
export interface HostIdentity {
  /** Stable for the life of the installation, e.g. the content of /etc/machine-id. */
  readonly machineId: string
  readonly hostName: string | null
  readonly ipV4Addresses: readonly string[]
  readonly ipV6Addresses: readonly string[]
  /** What `uname -r` says; absent where that is not known. */
  readonly runningKernel?: string | undefined
}

/** Takes the inventory of the machine we run on and stores what it means. `null` when there are no advisories yet. */
export async function scanHost(
  parts: ScanHostParts,
  tree: FileTree,
  identity: HostIdentity,
  scope: Scope,
  signal: AbortSignal,
): Promise<Resource | null> {
  const reader = parts.readers.begin()
  const found = await readRoot(tree, { ecosystems: parts.ecosystems, reader, signal }).finally(() => reader.close())
  const { runningKernel } = identity
  const inventory = runningKernel === undefined ? found : { ...found, runningKernel }
  const index = parts.advisories.index()
  const resource = hostResource(identity, scope, inventory, parts.sha256)
  if (index === null) return null

  const assessment = assessInventory(inventory, index, 'host', parts.clock.now())
  await parts.store.commit(resource, (findings, _known, buried) => {
    const now = parts.clock.now()
    return {
      coverage: coverageFrom(assessment, inventory, resource, now),
      inventory,
      matchedWith: { advisoryVersion: assessment.restsOn },
      changes: changesFrom(assessment, inventory, resource, findings, now, parts.sha256, buried),
      retire: false,
    }
  })
  return resource
}

/** A machine outside EC2 is named as Systems Manager names hybrid nodes: `mi-` and 17 hexadecimal digits. */
function hostResource(identity: HostIdentity, scope: Scope, inventory: Inventory, sha256: Sha256Hex): Resource {
  return {
    scope,
    id: resourceId(`mi-${sha256(`machine-id:${identity.machineId}`).slice(0, 17)}`),
    details: {
      type: 'AWS_EC2_INSTANCE',
      hostName: identity.hostName,
      ipV4Addresses: identity.ipV4Addresses,
      ipV6Addresses: identity.ipV6Addresses,
      platform: platformOf(inventory.distro),
      ec2: null,
    },
    tags: identity.hostName === null ? {} : { Name: identity.hostName },
  }
}
