import { describe, expect, it } from 'vitest'
import type { AffectedRange } from '../domain/advisory.ts'
import type { PurlType } from '../domain/namespace.ts'
import type { Version } from '../domain/version.ts'
import { ecosystemOf } from './index.ts'

/** `1.0..2.0` fixed, `1.0..=2.0` last affected, `1.0..` without a fix. */
function rangeOf(type: PurlType, text: string): AffectedRange {
  const { scheme } = ecosystemOf(type)
  const version = (part: string): Version => {
    const parsed = scheme.parse(part)
    if (!parsed.ok) throw new Error(part)
    return parsed.value
  }
  const [from = '', to = ''] = text.split('..')
  const introduced = from === '' ? 'beginning' : version(from)
  if (to === '') return { scheme: scheme.id, introduced, end: 'no-fix-known' }
  const end = to.startsWith('=') ? { lastAffected: version(to.slice(1)) } : { fixed: version(to) }
  return { scheme: scheme.id, introduced, end }
}

describe('a reference that moves', () => {
  it.each([
    ['composer', '3.x-dev', '1.0.0..1.12.3', false],
    ['composer', '3.x-dev', '..3.0.0', true],
    ['composer', '3.x-dev', '3.16.0..3.19.0', true],
    ['composer', '3.x-dev', '4.0.0-alpha1..4.1.0', false],
    ['composer', 'v3.4.x-dev', '3.0.0..3.4.0-beta1', true],
    ['composer', '3.4.x-dev', '3.0.0..=3.3.9', false],
    ['composer', '3.4.x-dev', '3.0.0..', true],
    ['composer', 'dev-main', '1.0.0..1.12.3', true],
    ['composer', '1.0.0-dev', '2.0.0..3.0.0', true],
    ['githubactions', 'v4', '..4.0.0', true],
    ['githubactions', 'v4', '..3.9.9', false],
    ['githubactions', 'v4', '4.9.0..4.9.1', true],
    ['githubactions', 'v4', '5.0.0..5.1.0', false],
    ['githubactions', '4.1', '4.0.0..=4.0.9', false],
    ['githubactions', 'main', '..3.9.9', true],
    ['githubactions', 'b4ffde65f46336ab88eb53be808477a3936bae11', '..3.9.9', true],
  ] as const)('%s %s may be in %s: %s', (type, version, range, expected) => {
    const ecosystem = ecosystemOf(type)
    const pkg = { type, namespace: null, name: 'a/b', version, arch: null, source: null } as const

    expect(ecosystem.rangesAbout?.(pkg, [rangeOf(type, range)])).toHaveLength(expected ? 1 : 0)
    expect(ecosystem.scheme.parse(ecosystem.advisorySubject(pkg).version).ok).toBe(false)
  })

  it('keeps every range of an exact version, and each that cannot be read', () => {
    const unreadable = {
      unreadable: { is: 'unreadable-version', scheme: 'composer', text: '?', reason: 'no' },
    } as const
    const pkg = { type: 'composer', namespace: null, name: 'a/b', arch: null, source: null } as const
    const { rangesAbout } = ecosystemOf('composer')

    expect(rangesAbout?.({ ...pkg, version: '3.0.0' }, [rangeOf('composer', '..1.0')])).toHaveLength(1)
    expect(rangesAbout?.({ ...pkg, version: '3.x-dev' }, [unreadable])).toHaveLength(1)
  })
})
