import type { Instant } from '../base/clock.ts'
import type { ResourceId, Scope } from '../domain/ids.ts'
import type { RuntimeFacts } from '../domain/runtime-facts.ts'

/** A machine whose agent may send inventories of that one machine, and do nothing else. */
export interface Host {
  /** `host-` and 16 hexadecimal digits. */
  readonly id: string
  readonly scope: Scope
  /** What the administrator calls it. */
  readonly name: string
  /** The resource that its inventories describe, chosen when the host was added: an agent cannot name another. */
  readonly resourceId: ResourceId
  /** SHA-256 of the token, in hexadecimal. The token has 256 random bits, so that no slow hash is needed. */
  readonly tokenHash: string
  readonly createdAt: Instant
  /** The machine that used the token first; no other may use it after. `null` until then. */
  readonly machineKey: string | null
  readonly identity: ReportedIdentity | null
  readonly lastSeenAt: Instant | null
  /** Of the inventory that is stored; 0 before the first. */
  readonly sequence: number
  /** SHA-256 of the stored inventory as the agent wrote it, `null` before the first. */
  readonly inventoryHash: string | null
  readonly runtimeHash: string | null
}

/** What the machine says about itself, apart from its files. */
export interface ReportedIdentity {
  readonly hostName: string | null
  readonly ipV4Addresses: readonly string[]
  readonly ipV6Addresses: readonly string[]
  readonly agentVersion: string
  /** Of the EC2 instance that it runs on, by its own metadata service; absent where it is none, or cannot be asked. */
  readonly instanceId?: string | undefined
}

export interface HostStore {
  /** Fails when the scope already has a host for this resource. */
  add(host: Host): Promise<'added' | 'exists'>
  /** By id alone: agents name nothing else. */
  find(id: string): Promise<Host | null>
  list(scope: Scope): Promise<readonly Host[]>
  remove(scope: Scope, id: string): Promise<boolean>
  /** Notes a sign of life, and binds the host to its machine at the first one. */
  recordCheckIn(
    id: string,
    seen: { readonly machineKey: string; readonly identity: ReportedIdentity; readonly at: Instant },
  ): Promise<'seen' | 'other-machine' | 'unknown-host'>
  /** Notes which inventory is stored; an older one than the host has changes nothing. */
  recordInventory(id: string, stored: { readonly sequence: number; readonly hash: string }): Promise<void>
  /** Notes what runs on the machine, and says of the open findings of its resource whether their packages are in use. */
  recordRuntime(id: string, hash: string, facts: RuntimeFacts): Promise<void>
  /** Says so of findings that came after the last report of what runs. */
  refreshUse(scope: Scope, id: ResourceId): Promise<void>
  /** What ran on the machine when it last said so; `null` when it never did. */
  runtimeOf(scope: Scope, id: string): Promise<RuntimeFacts | null>
  /** As `runtimeOf`, of the host whose inventories describe this resource. */
  runtimeOfResource(scope: Scope, id: ResourceId): Promise<RuntimeFacts | null>
  /** Hosts of every scope that were last seen before `before` and whose silence was not noted yet. */
  silentSince(before: Instant): Promise<readonly Host[]>
  /** Keeps the host out of `silentSince` until its next sign of life; one that came after `before` wins. */
  noteSilence(id: string, before: Instant): Promise<void>
}
