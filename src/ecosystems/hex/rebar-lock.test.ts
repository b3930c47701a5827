import { describe, expect, it } from 'vitest'
import { analysisOf, foundBy, refusalOf } from '../analyzer.suite.ts'
import { rebarLock } from './rebar-lock.ts'

const LOCK = `{"1.2.0",
[{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.9.0">>},0},
 {<<"alias">>,{pkg,<<"real_name">>,<<"1.0.0">>},1},
 {<<"own">>,
  {git,"https://example.com/own.git",
       {ref,"0123456789abcdef"}},
  0},
 {<<"fork">>,{git,"https://example.com/fork.git",{ref,"0123"}},0}]}.
[
{pkg_hash,[
 {<<"cowboy">>, <<"865DD8B6607E14CF03282E10E934023A1BD8BE6F6BACF921A7E2A96D800CD452">>}]}
].
`

describe('rebar.lock', () => {
  it('names packages of hex.pm, also under an alias, and repositories by their commit', () => {
    expect(foundBy(rebarLock, LOCK)).toEqual([
      'cowboy 2.9.0',
      'real_name 1.0.0',
      'own git+https://example.com/own.git#0123456789abcdef',
      'fork git+https://example.com/fork.git#0123',
    ])
    expect(analysisOf(rebarLock, LOCK).problems).toEqual([])
  })

  it('may be a bare list, and is refused when it is none', () => {
    expect(foundBy(rebarLock, '[{<<"a">>,{pkg,<<"a">>,<<"1.0">>},0}].')).toEqual(['a 1.0'])
    expect(foundBy(rebarLock, '[].\n')).toEqual([])
    expect(refusalOf(rebarLock, 'words')).toBe('malformed-lockfile')
    expect(analysisOf(rebarLock, '[{<<"a">>,{odd}}].').problems).toMatchObject([{ reason: 'malformed-lockfile' }])
  })

  it('is read outside of dependencies only', () => {
    expect(rebarLock.wants('app/rebar.lock')).toBe(true)
    expect(rebarLock.wants('app/deps/x/rebar.lock')).toBe(false)
  })
})
