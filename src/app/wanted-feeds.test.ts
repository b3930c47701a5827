import { describe, expect, it } from 'vitest'
import { isWanted } from './wanted-feeds.ts'

describe('the CVE List', () => {
  it.each<[feeds: string | null, cveList: boolean | null, wanted: boolean]>([
    [null, null, false],
    [null, true, true],
    [null, false, false],
    ['/mirror', null, true],
    ['/mirror', true, true],
    ['/mirror', false, false],
  ])('from %s with OPENINSPECTOR_CVE_LIST %s: %s', (feeds, cveList, wanted) => {
    expect(isWanted('cve-list', { feeds, cveList })).toBe(wanted)
  })

  it('is the only feed that anybody chooses', () => {
    expect(isWanted('nvd', { feeds: null, cveList: false })).toBe(true)
  })
})
