import type { Instant } from '../base/clock.ts'
import type { Scope } from '../domain/ids.ts'

/** A registry that is watched. (One per account, Region and URL.) */
export interface Registry {
  /** `reg-` and 16 hexadecimal digits. */
  readonly id: string
  readonly scope: Scope
  /** `http(s)://host[:port]`, without a path. */
  readonly url: string
  readonly credentials: RegistryCredentials | null
  /** How AWS is asked about a registry of Amazon ECR; `null` for every other registry. */
  readonly ecr: EcrAccess | null
  /** Platforms that are scanned, `os/architecture[/variant]`; all of them when empty. */
  readonly platforms: readonly string[]
  /** What the registry's notification webhook must send as `Authorization: Bearer …`. */
  readonly webhookToken: string
  readonly pollIntervalSeconds: number
  readonly createdAt: Instant
  readonly lastPolledAt: Instant | null
  /** What the last poll failed with, `null` after a good one. */
  readonly lastError: string | null
}

/** The role that this server assumes to read the registry. */
export interface EcrAccess {
  /** `null`: the registry lets the server's own identity read it. */
  readonly roleArn: string | null
  /** What the role's trust policy asks for, so that nobody else's server can be sent there. */
  readonly externalId: string | null
}

export interface RegistryCredentials {
  readonly username: string
  readonly password: string
}

export interface RegistryStore {
  /** Fails when the scope already watches this URL. */
  add(registry: Registry): Promise<'added' | 'exists'>
  find(id: string): Promise<Registry | null>
  list(scope: Scope): Promise<readonly Registry[]>
  /** Registries whose poll is due, of every scope. */
  due(now: Instant): Promise<readonly Registry[]>
  recordPoll(id: string, at: Instant, error: string | null): Promise<void>
  remove(scope: Scope, id: string): Promise<boolean>
}
