import type { Instant } from '../base/clock.ts'
import type { Sha256Hex } from '../base/hash.ts'
import { isSameJson } from '../base/stable-json.ts'
import {
  findingKeyOf,
  type CloseReason,
  type Detection,
  type Finding,
  type FindingChange,
  type FindingKey,
} from '../domain/finding.ts'
import type { Resource } from '../domain/resource.ts'
import { findingArn } from './finding-arn.ts'

/**
 * Days during which a closed finding that is seen again is reopened under its ARN; a later sighting opens a new one.
 * The window is documented (inspector-behaviour §2.2); that a later sighting opens a new one is inferred.
 */
export const REOPEN_WINDOW_DAYS = 7

const DAY_MS = 86_400_000

/** The highest generation of a finding that retention deleted, 0 where there was none: its ARN is not given again. */
export type BuriedGenerations = (key: FindingKey) => number

export const NOTHING_BURIED: BuriedGenerations = () => 0

/** What is true of the resource now. */
export interface Sighting {
  readonly resource: Resource
  readonly detections: readonly Detection[]
  /** Why a finding that is no longer detected closes. */
  readonly absence: CloseReason
  /**
   * Whether the scan proves that this open finding's cause is gone. A file that could not be read or a version that could
   * not be compared proves nothing: the finding stays as it is, and so do findings that the scan was not about.
   */
  readonly provesGone: (finding: Finding) => boolean
}

/**
 * Decides what changes, given the newest generation of each known finding of the resource, and those of findings that are
 * kept no more. Pure and idempotent: applying the changes and reconciling again yields none.
 */
export function reconcile(
  known: readonly Finding[],
  sighting: Sighting,
  now: Instant,
  sha256: Sha256Hex,
  buried: BuriedGenerations = NOTHING_BURIED,
): readonly FindingChange[] {
  const knownOf = new Map<string, Finding>()
  for (const finding of known) {
    const name = nameOf(finding.detection)
    const other = knownOf.get(name)
    if (other === undefined || other.generation < finding.generation) knownOf.set(name, finding)
  }

  const changes: FindingChange[] = []
  const seen = new Set<string>()
  for (const detection of sighting.detections) {
    const name = nameOf(detection)
    seen.add(name)
    const known = knownOf.get(name)
    const last = Math.max(known?.generation ?? 0, buried(findingKeyOf(detection)))
    const change = changeOfSeen(known, detection, sighting.resource, last + 1, now, sha256)
    if (change !== null) changes.push(change)
  }
  for (const [name, finding] of knownOf) {
    if (finding.status === 'CLOSED' || seen.has(name)) continue
    const change = sighting.provesGone(finding)
      ? close(finding, sighting, now)
      : updateIfChanged(finding, finding.detection, sighting.resource, now)
    if (change !== null) changes.push(change)
  }
  return changes
}

/** Among all findings of a resource: keys of two types may read the same. */
function nameOf(detection: Detection): string {
  return `${detection.type} ${findingKeyOf(detection)}`
}

function changeOfSeen(
  known: Finding | undefined,
  detection: Detection,
  resource: Resource,
  nextGeneration: number,
  now: Instant,
  sha256: Sha256Hex,
): FindingChange | null {
  if (known === undefined) return open(detection, resource, nextGeneration, now, sha256)
  if (known.status !== 'CLOSED') return updateIfChanged(known, detection, resource, now)

  const closedForMs = now - (known.closedAt ?? known.updatedAt)
  if (closedForMs > REOPEN_WINDOW_DAYS * DAY_MS) return open(detection, resource, nextGeneration, now, sha256)
  return {
    is: 'reopened',
    finding: {
      ...known,
      status: 'ACTIVE',
      resource,
      detection,
      lastObservedAt: now,
      updatedAt: now,
      closedAt: null,
      closeReason: null,
    },
  }
}

function open(
  detection: Detection,
  resource: Resource,
  generation: number,
  now: Instant,
  sha256: Sha256Hex,
): FindingChange {
  const arn = findingArn(
    {
      scope: resource.scope,
      resourceId: resource.id,
      type: detection.type,
      key: findingKeyOf(detection),
      generation,
    },
    sha256,
  )
  return {
    is: 'opened',
    finding: {
      arn,
      generation,
      status: 'ACTIVE',
      resource,
      detection,
      firstObservedAt: now,
      lastObservedAt: now,
      updatedAt: now,
      closedAt: null,
      closeReason: null,
    },
  }
}

/** The update of an open finding that now says something else, `null` when it says the same. */
export function updateIfChanged(
  known: Finding,
  detection: Detection,
  resource: Resource,
  now: Instant,
): FindingChange | null {
  const same = isSameJson(substance(known.detection), substance(detection)) && isSameJson(known.resource, resource)
  if (same) return null
  return { is: 'updated', finding: { ...known, resource, detection, lastObservedAt: now, updatedAt: now } }
}

/**
 * What a person would call a change. The vendor's record dates move without anything else moving, and Amazon's users
 * complain about the events that this causes (inspector-behaviour §17, 7): they follow with the next real change. EPSS
 * moves every day, and the first answer "no exploit is known" comes for all flaws at once: both are brought up to date
 * for all findings together, without events (scanning/refresh-signals.ts). That an exploit is known now is news; on which
 * day it was last heard of is none: Metasploit's days move with each commit that touches thousands of modules.
 * Processes come and go; and how far the network opens an instance is news for the finding that it scores otherwise, and for no other.
 */
function substance(detection: Detection): Partial<Detection> {
  if (detection.type !== 'PACKAGE_VULNERABILITY') return detection
  const {
    vendorCreatedAt: _created,
    vendorUpdatedAt: _updated,
    epssScore: _score,
    exposure: _exposure,
    isInUse: _use,
    exploit,
    ...rest
  } = detection
  return exploit?.isAvailable === true ? { ...rest, exploit: { isAvailable: true, lastKnownAt: null } } : rest
}

/** `lastObservedAt` stays: the finding was not observed any more. (inspector-behaviour §2.4) */
function close(finding: Finding, sighting: Sighting, now: Instant): FindingChange {
  return {
    is: 'closed',
    finding: {
      ...finding,
      status: 'CLOSED',
      resource: sighting.resource,
      updatedAt: now,
      closedAt: now,
      closeReason: sighting.absence,
    },
  }
}
