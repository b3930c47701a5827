import { describe, expect, it } from 'vitest'
import { idsOfOneFlaw } from './one-flaw.ts'

const page = (cve: string): string => `https://nvd.nist.gov/vuln/detail/${cve}`

describe('the ids of one flaw', () => {
  it.each([
    ['one CVE', ['CVE-2018-3721', 'GHSA-fvqr-27wr-82fm'], [], ['CVE-2018-3721', 'GHSA-fvqr-27wr-82fm']],
    [
      'the CVE that is linked',
      ['CVE-2021-23337', 'CVE-2026-4800', 'GHSA-35jh-r3h4-6jhm'],
      [page('CVE-2021-23337')],
      ['CVE-2021-23337', 'GHSA-35jh-r3h4-6jhm'],
    ],
    ['the GHSA', ['CVE-2021-23337', 'CVE-2026-4800', 'GHSA-r5fr-rjxr-66jc'], [], ['GHSA-r5fr-rjxr-66jc']],
    [
      'the GHSA where two are linked',
      ['CVE-2099-0001', 'CVE-2099-0002', 'GHSA-aaaa-bbbb-cccc'],
      [page('CVE-2099-0001'), page('CVE-2099-0002')],
      ['GHSA-aaaa-bbbb-cccc'],
    ],
    ['all where nothing tells', ['CVE-2014-0013', 'CVE-2014-0014'], [], ['CVE-2014-0013', 'CVE-2014-0014']],
  ])('%s', (_what, ids, links, expected) => {
    expect(idsOfOneFlaw(ids, links)).toEqual(expected)
  })
})
