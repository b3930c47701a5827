import { describe, expect, it } from 'vitest'

import { memoryTree } from '../../../test/support/memory-tree.ts'
import {
  recordedNetwork,
  RECORDED_ACCOUNT,
  RECORDED_REGION,
  TARGET_GROUP_ARN,
} from '../../../test/support/recorded-network.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import { instant } from '../../base/clock.ts'
import { DEFAULT_NETWORK_LIMITS } from './limits.ts'
import { readRecordedDirectory, type RecordedDirectory } from './read-directory.ts'
import { parseRecordedNetwork } from './read-recorded.ts'
import { recordingFiles } from './write-recording.ts'

const VPCS = { Vpcs: [{ VpcId: 'vpc-1', CidrBlock: '10.0.0.0/16' }] }

describe('a directory of recorded answers', () => {
  it.each([
    ['named as the call', 'describe-vpcs.json', VPCS],
    ['named as the call, by account and Region', `${RECORDED_ACCOUNT}/${RECORDED_REGION}/describe-vpcs.json`, VPCS],
    ['named otherwise', 'my network.json', VPCS],
    ['named after another call', 'describe-subnets.json', VPCS],
    ['in small letters', 'x.json', { vpcs: VPCS.Vpcs }],
    ['in pages', 'x.json', [{ ...VPCS, NextToken: 'x' }, { Vpcs: [] }]],
    ['a page of several', 'describe-vpcs.2.json', VPCS],
    ['the bare list', 'describe-vpcs.json', VPCS.Vpcs],
    ['by the names of calls', 'all.json', { DescribeVpcs: VPCS, DescribeSubnets: { Subnets: [] } }],
    ['by the names of commands, in pages', 'all.json', { 'describe-vpcs': [VPCS] }],
    ['merged with others', 'all.json', { ...VPCS, Subnets: [] }],
    ['with what was asked', 'describe-vpcs.json', [{ parameters: {}, answer: VPCS }]],
    ['with the name of another call', 'all.json', { call: 'DescribeRules', answer: VPCS }],
    ['with who was asked', 'all.json', [{ call: 'DescribeVpcs', accountId: RECORDED_ACCOUNT, answer: VPCS }]],
  ])('is known by name, content and place: %s', async (_what, path, document) => {
    const { calls, warnings } = await read({ [path]: document })

    expect(warnings).toEqual([])
    expect(parseRecordedNetwork(calls).snapshot.vpcs.map(({ id }) => id)).toEqual(['vpc-1'])
  })

  it('takes account, Region and time from where a file lies', async () => {
    const { calls } = await read({
      [`${RECORDED_ACCOUNT}/${RECORDED_REGION}/describe-vpcs.json`]: VPCS,
      [`${RECORDED_ACCOUNT}/${RECORDED_REGION}/recording.json`]: { recordedAt: '2026-01-02T03:04:05Z' },
    })

    expect(calls).toMatchObject([
      {
        accountId: RECORDED_ACCOUNT,
        region: RECORDED_REGION,
        place: `${RECORDED_ACCOUNT}/${RECORDED_REGION}/describe-vpcs.json`,
        recordedAt: instant(Date.parse('2026-01-02T03:04:05Z')),
      },
    ])
  })

  it.each([
    ['the file', 'search-transit-gateway-routes.tgw-rtb-1.json', 'TransitGatewayRouteTableId', 'tgw-rtb-1'],
    ['a directory', 'eu-west-1/get-managed-prefix-list-entries/pl-1.json', 'PrefixListId', 'pl-1'],
    [
      'an ARN',
      `describe-target-health.${encodeURIComponent(TARGET_GROUP_ARN)}.json`,
      'TargetGroupArn',
      TARGET_GROUP_ARN,
    ],
  ])('takes what was asked from the name of %s', async (_what, path, parameter, value) => {
    const { calls } = await read({ [path]: { Routes: [], Entries: [], TargetHealthDescriptions: [] } })

    expect(calls.map(({ parameters }) => parameters)).toEqual([{ [parameter]: value }])
  })

  it('holds refused calls as well', async () => {
    const { calls } = await read({ 'describe-vpcs.json': { deniedWith: 'UnauthorizedOperation: no' } })

    expect(parseRecordedNetwork(calls).snapshot.missing).toContainEqual(
      expect.objectContaining({ call: 'DescribeVpcs', why: 'access-denied' }),
    )
  })

  it('says of a file that is cut off what it may have told', async () => {
    const tree = memoryTree(new Map([['describe-vpcs.json', encodeUtf8('{"Vpcs": [{"VpcId": "vp')]]))
    const { calls } = await readRecordedDirectory(tree)
    const { missing } = parseRecordedNetwork(calls).snapshot
    const found = missing.find(({ call }) => call === 'DescribeVpcs')

    expect(found).toMatchObject({ why: 'truncated' })
    expect(found?.detail).toContain('describe-vpcs.json: the document that begins in line 1 does not end')
  })

  it.each([
    ['an empty object', {}],
    ['a text', 'hello'],
    ['lists without end', nested(100)],
    ['somebody else’s JSON', { name: 'package', version: '1' }],
    ['an answer of nobody', { call: 'DeleteVpc', answer: {} }],
    ['hostile names', JSON.parse('{"__proto__": {"Vpcs": []}, "constructor": 1}')],
  ])('names files that hold nothing: %s', async (_what, document) => {
    const { calls, warnings } = await read({ 'x.json': document })

    expect([calls, warnings]).toEqual([[], ['x.json holds no answer of a call that is known']])
  })

  it('that was written of recorded calls tells the same', async () => {
    const written = recordedNetwork().map(recorded =>
      Object.assign({ recordedAt: instant(1_700_000_000_000) }, recorded),
    )
    const files = new Map([...recordingFiles(written)].map(({ path, text }) => [path, encodeUtf8(text)]))
    const { calls, warnings } = await readRecordedDirectory(memoryTree(files))

    expect(warnings).toEqual([])
    expect(calls.length).toBe(written.length)
    expect(parseRecordedNetwork(calls).snapshot).toEqual(parseRecordedNetwork(written).snapshot)
  })
})

describe('a directory that is larger than any estate', () => {
  const files = Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`describe-vpcs.${index}.json`, VPCS]))

  it.each([
    ['files', { files: 3 }, files, 'there are more than 3 files'],
    ['fileBytes', { fileBytes: 20 }, { 'describe-vpcs.json': VPCS }, 'has more than 20 bytes'],
    ['totalBytes', { totalBytes: 100 }, files, 'has more than'],
  ])('is read up to %s, and says so', async (_name, limits, content, detail) => {
    const { calls } = await read(content, limits)
    const { missing } = parseRecordedNetwork(calls).snapshot

    expect(missing.map(each => each.detail).join('\n')).toContain(detail)
  })

  it('is entered no deeper than directoryDepth', async () => {
    const { calls, warnings } = await read({ 'a/b/describe-vpcs.json': VPCS }, { directoryDepth: 1 })

    expect([calls, warnings]).toEqual([[], ['a/b/describe-vpcs.json lies too deep and was not read']])
  })
})

async function read(
  files: Readonly<Record<string, unknown>>,
  limits: Partial<typeof DEFAULT_NETWORK_LIMITS> = {},
): Promise<RecordedDirectory> {
  const texts = Object.entries(files).map(([path, document]) => [path, encodeUtf8(JSON.stringify(document))] as const)
  return readRecordedDirectory(memoryTree(new Map(texts)), { ...DEFAULT_NETWORK_LIMITS, ...limits })
}

function nested(levels: number): unknown {
  return levels === 0 ? {} : [nested(levels - 1)]
}
