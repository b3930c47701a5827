import { describe, expect, it } from 'vitest'
import { permission } from './makers.ts'
import { DUAL_SUBNET, DUAL_VPC, plainNetwork } from './plain-network.ts'
import { judged } from './verdicts.ts'

const HTTPS_FROM_ANYWHERE = [permission('tcp 443', '::/0')]
const DUAL = {
  vpc: DUAL_VPC,
  subnet: DUAL_SUBNET,
  addresses: ['10.0.1.10', '2001:db8:1:1::10'],
  ingress: HTTPS_FROM_ANYWHERE,
}

describe('scenarios of reachability §8: IPv6', () => {
  it('34: an IPv6 address needs no public IPv4 one', () => {
    const narrow = plainNetwork({ ...DUAL, routes: ['2600::/16 igw-1'] })
    expect(judged(narrow)).toEqual(['igw-1 eni-1 TCP 443-443 from 2600::/16'])
  })

  it('34b: the VPC itself is not the internet', () => {
    expect(judged(plainNetwork({ ...DUAL, routes: ['2001:db8::/47 igw-1'] }))).toEqual([
      'igw-1 eni-1 TCP 443-443 from 2001:db8::/48 2001:db8:1:100::/56 2001:db8:1:200::/55 2001:db8:1:400::/54 2001:db8:1:800::/53 2001:db8:1:1000::/52 2001:db8:1:2000::/51 2001:db8:1:4000::/50 2001:db8:1:8000::/49',
    ])
  })

  it('35: an egress-only gateway lets nothing in', () => {
    expect(judged(plainNetwork({ ...DUAL, routes: ['::/0 eigw-1'] }))).toEqual([])
  })

  it('36: a rule for IPv4 admits no IPv6', () => {
    expect(
      judged(plainNetwork({ ...DUAL, ingress: [permission('tcp 443', '0.0.0.0/0')], routes: ['::/0 igw-1'] })),
    ).toEqual([])
  })

  it('37: a network ACL without IPv6 entries closes IPv6', () => {
    const acl = ['in 100 allow all from 0.0.0.0/0', 'out 100 allow all from 0.0.0.0/0']
    expect(judged(plainNetwork({ ...DUAL, acl, routes: ['::/0 igw-1'] }))).toEqual([])
  })
})
