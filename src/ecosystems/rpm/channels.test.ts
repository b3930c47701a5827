import { describe, expect, it } from 'vitest'
import type { AffectedPackage, AffectedRange, UnreadableRange } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import { entryOfChannel } from './channels.ts'
import { rpmScheme } from './version.ts'

function below(text: string): AffectedRange {
  const version = rpmScheme.parse(text)
  if (!version.ok) throw new Error(text)
  return { scheme: 'rpm', introduced: 'beginning', end: { fixed: version.value } }
}

function aPackage(name: string, version: string): Package {
  return { type: 'rpm', namespace: namespace('amzn:2'), name, version, arch: 'x86_64', source: null }
}

function rangesOfChannel(pkg: Package, ranges: AffectedPackage['ranges'], channel: string): AffectedPackage['ranges'] {
  const entry = { namespace: namespace('amzn:2'), name: pkg.name, ranges, versions: [], channel }
  return entryOfChannel(pkg, entry, channel)?.ranges ?? []
}

describe('extras of Amazon Linux 2', () => {
  it.each([
    ['kernel', '4.14.243-185.433.amzn2', 'kernel-5.15', '5.15.43-20.123.amzn2', false, 'a kernel of the core'],
    ['kernel', '5.10.50-44.131.amzn2', 'kernel-5.15', '5.15.43-20.123.amzn2', false, 'a kernel of another extra'],
    ['kernel', '5.1.50-44.131.amzn2', 'kernel-5.15', '5.15.43-20.123.amzn2', false, 'a line that begins alike'],
    ['kernel', '5.15.40-1.amzn2', 'kernel-5.15', '5.15.43-20.123.amzn2', true, 'a kernel of this extra'],
    ['postgresql', '9.2.24-1.amzn2', 'postgresql14', '14.3-1.amzn2', false, 'the database of the core'],
    ['postgresql', '14.2-1.amzn2', 'postgresql14', '14.3-1.amzn2', true, 'the database of this extra'],
    ['php-cli', '7.4.1-1.amzn2', 'php8.2', '8.2.9-1.amzn2', false, 'PHP of another extra'],
    [
      'java-1.8.0-amazon-corretto',
      '1:1.8.0_372.b07-1.amzn2',
      'corretto8',
      '1:1.8.0_382.b05-1.amzn2',
      true,
      'an old name',
    ],
    [
      'dnsmasq',
      '2.76-16.amzn2.1.2',
      'dnsmasq',
      '2.86-1.amzn2',
      false,
      'a package of the core, of an extra without a line',
    ],
    ['docker', '20.10.4-1.amzn2', 'docker', '20.10.7-1.amzn2', true, 'one of an extra without a line'],
  ])('%s %s meets %s (< %s): %s, %s', (name, version, channel, fixed, meets, _what) => {
    expect(rangesOfChannel(aPackage(name, version), [below(fixed)], channel)).toHaveLength(meets ? 1 : 0)
  })

  it('keep what cannot be read for builds of their line only', () => {
    const reason = 'a hyphen too many'
    const range: UnreadableRange = { unreadable: { is: 'unreadable-version', scheme: 'rpm', text: 'x', reason } }

    expect(rangesOfChannel(aPackage('kernel', '5.15.1-1'), [range], 'kernel-5.15')).toEqual([range])
    expect(rangesOfChannel(aPackage('kernel', '4.14.1-1'), [range], 'kernel-5.15')).toEqual([])
    expect(rangesOfChannel(aPackage('kernel', 'no version'), [range], 'kernel-5.15')).toEqual([range])
  })
})
