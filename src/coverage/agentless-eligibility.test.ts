import { describe, expect, it } from 'vitest'
import { AGENTLESS_FILE_SYSTEMS, agentlessEligibility } from './agentless-eligibility.ts'
import type { AgentlessCandidate, AgentlessVolume } from './agentless-eligibility.ts'

describe('agentlessEligibility', () => {
  it.each(['UNMANAGED_EC2_INSTANCE', 'STALE_INVENTORY', 'NO_INVENTORY'] as const)(
    'takes an instance that is %s',
    reason => {
      expect(agentlessEligibility(aCandidate({ reason }))).toEqual({
        is: 'eligible',
        volumeIds: ['vol-0'],
        excludedVolumeIds: [],
      })
    },
  )

  it.each([
    ['an agent says what is on it', { reason: 'SUCCESSFUL' }, 'SCANNED_BY_AGENT'],
    ['it is tagged', { tagKeys: ['Name', 'INSPECTOREC2exclusion'] }, 'EXCLUDED_BY_TAG'],
    ['it was excluded by its tag before', { reason: 'EXCLUDED_BY_TAG' }, 'EXCLUDED_BY_TAG'],
    ['it has no EBS root', { rootDeviceType: 'instance-store' }, 'NOT_EBS_BACKED'],
    ['it has no volume', { volumes: [] }, 'NOT_EBS_BACKED'],
    ['it has eight volumes', { volumes: volumesOf(8, 10) }, 'AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED'],
    [
      'its volumes have 1201 GiB',
      { volumes: [aVolume(0, 1000), aVolume(1, 201)] },
      'AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED',
    ],
    [
      'the size of a volume is not known',
      { volumes: [aVolume(0, Number.NaN)] },
      'AGENTLESS_INSTANCE_STORAGE_LIMIT_EXCEEDED',
    ],
    ['every key is tagged', { volumes: [aVolume(0, 8, ['InspectorEc2Exclusion'])] }, 'EXCLUDED_BY_TAG'],
  ] as const)('leaves an instance out when %s', (_, over, reason) => {
    expect(agentlessEligibility(aCandidate(over))).toMatchObject({ is: 'not-eligible', reason })
  })

  it.each([
    ['seven volumes', volumesOf(7, 10)],
    ['1200 GiB', [aVolume(0, 1000), aVolume(1, 200)]],
  ])('takes an instance with %s', (_, volumes) => {
    expect(agentlessEligibility(aCandidate({ volumes }))).toMatchObject({ is: 'eligible' })
  })

  it('leaves out volumes whose key is tagged, and says which', () => {
    const volumes = [aVolume(0, 8, []), aVolume(1, 8, ['inspectorec2exclusion']), aVolume(2, 8)]

    expect(agentlessEligibility(aCandidate({ volumes }))).toEqual({
      is: 'eligible',
      volumeIds: ['vol-0', 'vol-2'],
      excludedVolumeIds: ['vol-1'],
    })
  })
})

describe('AGENTLESS_FILE_SYSTEMS', () => {
  it('are those that the guide names', () => {
    expect(AGENTLESS_FILE_SYSTEMS).toEqual(['ext3', 'ext4', 'xfs'])
  })
})

function aCandidate(over: Partial<AgentlessCandidate>): AgentlessCandidate {
  return { reason: 'UNMANAGED_EC2_INSTANCE', tagKeys: [], rootDeviceType: 'ebs', volumes: [aVolume(0, 8)], ...over }
}

function aVolume(number: number, sizeGib: number, keyTagKeys: readonly string[] | null = null): AgentlessVolume {
  return { volumeId: `vol-${number}`, sizeGib, keyTagKeys }
}

function volumesOf(count: number, sizeGib: number): readonly AgentlessVolume[] {
  return Array.from({ length: count }, (_, number) => aVolume(number, sizeGib))
}
