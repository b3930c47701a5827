import { describe, expect, it } from 'vitest'
import type { AffectedPackage } from '../../domain/advisory.ts'
import { namespace } from '../../domain/namespace.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { AffectedDecoder, encodeAffected } from './encoding.ts'

const go = ecosystemOf('golang').scheme

describe('what is affected, written and read back', () => {
  const plain: AffectedPackage = {
    namespace: namespace('golang'),
    name: 'example.com/a',
    ranges: [{ scheme: 'go', introduced: 'beginning', end: 'no-fix-known' }],
    versions: ['1.0.0'],
  }

  it.each<[string, AffectedPackage]>([
    ['plain', plain],
    ['with a state', { ...plain, state: 'will-not-fix' }],
    ['unreviewed', { ...plain, isUnreviewed: true }],
    ['unreviewed with a state', { ...plain, state: 'deferred', isUnreviewed: true }],
    ['of a channel', { ...plain, channel: 'kernel-5.15' }],
    ['of some architectures', { ...plain, arches: ['x86_64'] }],
    ['of a module', { ...plain, module: 'virt:ol' }],
    ['of other systems', { ...plain, operatingSystems: ['windows'] }],
    [
      'of all of them',
      {
        ...plain,
        state: 'deferred',
        channel: 'a',
        arches: ['x86_64', 'i686'],
        module: 'virt:ol',
        operatingSystems: ['windows'],
      },
    ],
  ])('is the same: %s', (_case, affected) => {
    const decoded = new AffectedDecoder([go]).decode(affected.namespace, affected.name, encodeAffected(affected))

    expect(decoded).toEqual(affected)
  })
})
