import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileNameOf, NETWORK_CALLS } from '../../src/aws/network/network-calls.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/network-reachability.md'), 'utf8')

describe('docs/how-to/network-reachability.md', () => {
  it('lists the calls that AWS is asked, each and no other', () => {
    const table = page.slice(page.indexOf('## What AWS is asked'))
    const listed = [...table.matchAll(/`([A-Z][A-Za-z]+)`/g)].map(match => match[1] ?? '')
    const others = ['AssumeRole', 'DescribeRegions', 'GetCallerIdentity', 'SecurityAudit']
    const asked = NETWORK_CALLS.map(({ call }) => call.replace(' (classic)', ''))

    expect(new Set(listed)).toEqual(new Set([...asked, ...others]))
  })

  it.each(NETWORK_CALLS.map(({ call }) => fileNameOf(call)))('records %s with the AWS CLI', name => {
    const isInLoop =
      name.startsWith('describe-') && new RegExp(`[ \\n]${name.slice('describe-'.length)}[ ;\\n]`).test(page)
    const isOfTable = /^get-transit-gateway-route-table-(?:propagations|associations)$/.test(name)

    expect(isInLoop || isOfTable || page.includes(`record ${name}`)).toBe(true)
  })
})
