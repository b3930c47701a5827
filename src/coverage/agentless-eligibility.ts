import type { ScanStatusReason } from '../domain/coverage.ts'

/** What decides whether an instance's disks are read without an agent. */
export interface AgentlessCandidate {
  /** What its agent-based coverage says. */
  readonly reason: ScanStatusReason | 'UNMANAGED_EC2_INSTANCE' | 'STALE_INVENTORY' | 'EXCLUDED_BY_TAG'
  /** Keys of the instance's tags. */
  readonly tagKeys: readonly string[]
  readonly rootDeviceType: 'ebs' | 'instance-store'
  readonly volumes: readonly AgentlessVolume[]
}

export interface AgentlessVolume {
  readonly volumeId: string
  /** As `DescribeVolumes` says: gibibytes, which the guide calls GB. */
  readonly sizeGib: number
  /** Keys of the tags of the KMS key that encrypts it; `null` for a volume that none does. */
  readonly keyTagKeys: readonly string[] | null
}

export type AgentlessVerdict =
  | { readonly is: 'eligible'; readonly volumeIds: readonly string[]; readonly excludedVolumeIds: readonly string[] }
  | { readonly is: 'not-eligible'; readonly reason: AgentlessObstacle; readonly detail: string }

/** `scanStatus.reason` where the API has one; the others leave the agent-based reason as it is. */
export type AgentlessObstacle =
  'SCANNED_BY_AGENT' | 'EXCLUDED_BY_TAG' | 'NOT_EBS_BACKED' | 'AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED'

/** Instances whose agent says nothing are those read without one. (inspector-behaviour §6.1, documented) */
const REASONS_TO_SCAN: ReadonlySet<string> = new Set(['UNMANAGED_EC2_INSTANCE', 'STALE_INVENTORY', 'NO_INVENTORY'])
/** "Fewer than 8 volumes" (documented; the status text says "more than 8 is too many": the stricter reading costs nobody a surprise). */
const MOST_VOLUMES = 7
/** Of all volumes together (documented). */
const MOST_GIB = 1200
/** On the instance, or on the key of a volume; any value, any case (documented). */
const EXCLUSION_TAG = 'inspectorec2exclusion'

/** File systems that are read on the disks of instances. (inspector-behaviour §6.1, documented; ext2 is read as ext3 is) */
export const AGENTLESS_FILE_SYSTEMS: readonly string[] = ['ext3', 'ext4', 'xfs']

/** Whether an instance's disks are read without an agent, and which of them. Pure: who asks brings the facts. */
export function agentlessEligibility(candidate: AgentlessCandidate): AgentlessVerdict {
  const { volumes } = candidate
  if (isExcluded(candidate.tagKeys) || candidate.reason === 'EXCLUDED_BY_TAG') {
    return notEligible('EXCLUDED_BY_TAG', 'the instance has the tag InspectorEc2Exclusion')
  }
  if (!REASONS_TO_SCAN.has(candidate.reason)) {
    return notEligible('SCANNED_BY_AGENT', `its agent-based coverage is ${candidate.reason}`)
  }
  if (candidate.rootDeviceType !== 'ebs' || volumes.length === 0) {
    return notEligible('NOT_EBS_BACKED', 'its root device is no EBS volume')
  }
  if (volumes.length > MOST_VOLUMES) {
    const detail = `${volumes.length} volumes are more than ${MOST_VOLUMES}`
    return notEligible('AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED', detail)
  }
  const gib = volumes.reduce((total, { sizeGib }) => total + sizeGib, 0)
  if (!(gib <= MOST_GIB)) {
    const detail = `${gib} GiB of volumes are more than ${MOST_GIB}`
    return notEligible('AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED', detail)
  }
  const excluded = volumes.filter(({ keyTagKeys }) => keyTagKeys !== null && isExcluded(keyTagKeys))
  if (excluded.length === volumes.length) {
    return notEligible('EXCLUDED_BY_TAG', 'the keys of all its volumes have the tag InspectorEc2Exclusion')
  }
  return {
    is: 'eligible',
    volumeIds: volumes.filter(volume => !excluded.includes(volume)).map(({ volumeId }) => volumeId),
    excludedVolumeIds: excluded.map(({ volumeId }) => volumeId),
  }
}

/** Whether tags take an instance out of scanning, or a key the volumes that it encrypts. (inspector-behaviour §6.1) */
export function isExcluded(tagKeys: readonly string[]): boolean {
  return tagKeys.some(key => key.toLowerCase() === EXCLUSION_TAG)
}

function notEligible(reason: AgentlessObstacle, detail: string): AgentlessVerdict {
  return { is: 'not-eligible', reason, detail }
}
