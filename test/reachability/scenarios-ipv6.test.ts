import { describe, it } from 'vitest'
import { permission } from './makers.ts'
import { DUAL_SUBNET, DUAL_VPC, plainNetwork } from './plain-network.ts'
import { expectVerdicts } from './verdicts.ts'

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
    expectVerdicts(narrow, ['igw-1 eni-1 TCP 443-443 from 2600::/16'])
  })

  it('34b: the VPC itself is not the internet', () => {
    expectVerdicts(plainNetwork({ ...DUAL, routes: ['2001:db8::/47 igw-1'] }), [
      'igw-1 eni-1 TCP 443-443 from 2001:db8::/48 2001:db8:1:100::/56 2001:db8:1:200::/55 2001:db8:1:400::/54 2001:db8:1:800::/53 2001:db8:1:1000::/52 2001:db8:1:2000::/51 2001:db8:1:4000::/50 2001:db8:1:8000::/49',
    ])
  })

  it('35: an egress-only gateway lets nothing in', () => {
    expectVerdicts(plainNetwork({ ...DUAL, routes: ['::/0 eigw-1'] }), [])
  })

  it('36: a rule for IPv4 admits no IPv6', () => {
    expectVerdicts(plainNetwork({ ...DUAL, ingress: [permission('tcp 443', '0.0.0.0/0')], routes: ['::/0 igw-1'] }), [])
  })

  it('37: a network ACL without IPv6 entries closes IPv6', () => {
    const acl = ['in 100 allow all from 0.0.0.0/0', 'out 100 allow all from 0.0.0.0/0']
    expectVerdicts(plainNetwork({ ...DUAL, acl, routes: ['::/0 igw-1'] }), [])
  })
})
