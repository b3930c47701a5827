import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aScope } from '../../../test/support/builders.ts'
import { withTheirFamilies } from './call-families.ts'
import { CHANGE_ROWS, INSTANCE_STATE_CALLS } from './change-events.ts'
import { changedCalls } from './change-notice.ts'
import { NETWORK_CALLS } from './network-calls.ts'

const scope = aScope()

/** As EventBridge sends what CloudTrail saw. */
function anEvent(source: string, eventName: string, given: object = {}, detail: object = {}): object {
  return {
    version: '0',
    id: '01234567-0123-0123-0123-0123456789ab',
    'detail-type': 'AWS API Call via CloudTrail',
    source,
    account: scope.accountId,
    region: scope.region,
    detail: {
      eventSource: `${source.slice(4)}.amazonaws.com`,
      eventName,
      awsRegion: scope.region,
      readOnly: false,
      requestParameters: {},
      ...detail,
    },
    ...given,
  }
}

describe('the table of changes', () => {
  it('names calls that exist, each event once', () => {
    const known = new Set(NETWORK_CALLS.map(({ call }) => call))
    const names = CHANGE_ROWS.flatMap(({ source, events }) => events.map(each => `${source} ${each}`))

    const asked = [...CHANGE_ROWS, { calls: INSTANCE_STATE_CALLS }].flatMap(({ calls }) =>
      calls === 'all' ? [] : calls,
    )
    expect(asked.filter(call => !known.has(call))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  })

  it('reaches every call that a network is described by', () => {
    const reached = withTheirFamilies(CHANGE_ROWS.flatMap(({ calls }) => (calls === 'all' ? [] : calls)))

    // Names of AWS's own services, which nobody changes.
    expect(NETWORK_CALLS.map(({ call }) => call).filter(call => !reached.has(call))).toEqual(['DescribePrefixLists'])
  })
})

describe('a family of calls', () => {
  it.each([
    [['DescribeVpcs'], ['DescribeVpcs']],
    [['DescribeManagedPrefixLists'], ['DescribeManagedPrefixLists', 'GetManagedPrefixListEntries']],
    // Ids of rules come from listeners, and theirs from balancers.
    [
      ['DescribeRules'],
      ['DescribeLoadBalancers', 'DescribeListeners', 'DescribeRules', 'DescribeLoadBalancerAttributes'],
    ],
    [['DescribeNothing'], []],
  ])('of %j is %j', (wanted, family) => {
    expect([...withTheirFamilies(wanted)].toSorted()).toEqual(family.toSorted())
  })
})

describe('a notice of a change', () => {
  it.each<[string, object, ReturnType<typeof changedCalls>]>([
    [
      'a rule',
      anEvent('aws.ec2', 'AuthorizeSecurityGroupIngress'),
      ['DescribeSecurityGroups', 'DescribeSecurityGroupRules'],
    ],
    ['a route', anEvent('aws.ec2', 'CreateRoute'), ['DescribeRouteTables']],
    ['targets', anEvent('aws.elasticloadbalancing', 'RegisterTargets'), ['DescribeTargetGroups']],
    ['a share', anEvent('aws.ram', 'AcceptResourceShareInvitation'), 'all'],
    [
      'an instance',
      anEvent('aws.ec2', '', {
        'detail-type': 'EC2 Instance State-change Notification',
        detail: { 'instance-id': 'i-1', state: 'running' },
      }),
      INSTANCE_STATE_CALLS,
    ],
    [
      'an accelerator, from the one Region that tells',
      anEvent('aws.globalaccelerator', 'AddEndpoints', { region: 'us-west-2' }, { awsRegion: 'us-west-2' }),
      ['ListAccelerators', 'ListListeners', 'ListEndpointGroups'],
    ],
    ['a call that is not known', anEvent('aws.ec2', 'CreateImage'), null],
    ['a call of another service by the same name', anEvent('aws.s3', 'CreateRoute'), null],
    ['a call that only reads', anEvent('aws.ec2', 'CreateRoute', {}, { readOnly: true }), null],
    [
      'a call that was refused',
      anEvent('aws.ec2', 'CreateRoute', {}, { errorCode: 'Client.UnauthorizedOperation' }),
      null,
    ],
    ['another account', anEvent('aws.ec2', 'CreateRoute', { account: '999999999999' }), null],
    ['another recipient', anEvent('aws.ec2', 'CreateRoute', {}, { recipientAccountId: '999999999999' }), null],
    ['another Region', anEvent('aws.ec2', 'CreateRoute', {}, { awsRegion: 'eu-west-3' }), null],
    ['another kind of event', anEvent('aws.ec2', 'CreateRoute', { 'detail-type': 'Scheduled Event' }), null],
    ['a name of Object.prototype', anEvent('aws.ec2', 'constructor'), null],
  ])('of %s', (_what, notice, calls) => {
    expect(changedCalls(notice, scope)).toEqual(calls)
  })

  it('may be anything', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(changedCalls(value, scope)).toBeNull()
      }),
    )
  })
})
