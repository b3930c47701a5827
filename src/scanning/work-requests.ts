import type { Digest, Scope } from '../domain/ids.ts'

/** What the API and the webhooks may ask of the workers. Each call is durable when it returns, and safe to repeat. */
export interface WorkRequests {
  /** Scan types of the account were turned on or off: bring its resources in line. */
  applyEnablement(scope: Scope): Promise<void>
  pollRegistry(registryId: string): Promise<void>
  /** AWS is asked about the network again now, and what follows is evaluated. */
  describeNetwork(scope: Scope): Promise<void>
  /** AWS is asked these calls again, a few seconds later: changes come in bursts. */
  networkChanged(scope: Scope, calls: 'all' | readonly string[]): Promise<void>
  /** A network is no longer watched: its findings close, and those of others are looked at again. */
  networkUnwatched(): Promise<void>
  /** A registry is about to be removed: take its images out of coverage a few seconds later, if it then is not watched. */
  registryRemoved(scope: Scope, url: string): Promise<void>
  imagePushed(image: PushedImage): Promise<void>
  /** The registry says that a manifest was deleted; it is checked before anything is closed. */
  imageDeleted(image: PushedImage): Promise<void>
  /** Fetch what changed in the advisory feeds now, and match again. */
  syncAdvisories(): Promise<void>
}

export interface PushedImage {
  readonly registryId: string
  readonly repository: string
  readonly digest: Digest
}
