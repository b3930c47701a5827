import { describe, expect, it } from 'vitest'
import type { AffectedPackage } from '../../domain/advisory.ts'
import type { Package } from '../../domain/inventory.ts'
import { namespace } from '../../domain/namespace.ts'
import { suseChannelOf } from '../suse-channels.ts'
import { entryOfSuseProducts, suseProducts } from './suse-products.ts'
import { rpmScheme } from './version.ts'

function analyzed(text: string) {
  return suseProducts.analyze({ path: 'etc/products.d/SLES-LTSS.prod', bytes: new TextEncoder().encode(text) })
}

describe('installed products of SUSE', () => {
  it.each([
    ['etc/products.d/SLES.prod', true],
    ['etc/products.d/baseproduct', false],
    ['etc/products.d/old/SLES.prod', false],
    ['usr/etc/products.d/SLES.prod', false],
  ])('are told by their files: %s %s', (path, expected) => {
    expect(suseProducts.wants(path)).toBe(expected)
  })

  it('are channels by their own name, not by those of what they follow', () => {
    const text = `<?xml version="1.0"?>\n<product schemeversion="0">\n  <vendor>SUSE</vendor>\n  <name>SLES-LTSS</name>
      <version>15.3</version><upgrades><upgrade><name>SLES</name></upgrade></upgrades></product>`

    expect(analyzed(text)).toMatchObject({ ok: true, value: { channels: ['suse:sles-ltss'], problems: [] } })
  })

  it.each(['', '<product><name></name></product>', `<product>${'<name'.repeat(100_000)}`])(
    'that cannot be read are told',
    text => {
      expect(analyzed(text)).toMatchObject({ ok: true, value: { problems: [{ reason: 'malformed-product-file' }] } })
    },
  )
})

describe('products that a fix is for', () => {
  it.each<[string, readonly string[], string | null]>([
    ['15.3', ['sles:15.3', 'sles-ltss:15.3'], ''],
    ['15.3', ['sle-module-basesystem:15.3', 'sles_sap:15.3'], ''],
    ['15.3', ['sles-ltss:15.3', 'sle_hpc-espos:15.3'], 'suse:sle_hpc-espos suse:sles-ltss'],
    ['15.3', ['sles_sap:15.3'], 'suse:sles_sap'],
    ['15.4', ['sles:15.3', 'suse-manager-server:4.3'], 'suse:suse-manager-server'],
    ['15.4', ['sles:15.3', 'opensuse:15.3'], null],
    ['15.6', ['opensuse:15.6'], ''],
  ])('of %s: %j', (release, products, expected) => {
    expect(suseChannelOf(products, release)).toBe(expected)
  })
})

describe('an entry for some products', () => {
  const pkg: Package = {
    type: 'rpm',
    namespace: namespace('sles:15.3'),
    name: 'a',
    version: '1-1',
    arch: null,
    source: null,
  }
  const fixed = rpmScheme.parse('2-1')
  const entry: AffectedPackage = {
    namespace: namespace('sles:15.3'),
    name: 'a',
    ranges: fixed.ok ? [{ scheme: 'rpm', introduced: 'beginning', end: { fixed: fixed.value } }] : [],
    versions: [],
  }

  it.each([
    ['suse:sles-ltss', ['suse:sles', 'suse:sles-ltss'], 'as it is'],
    ['suse:sles-ltss', ['suse:sles'], 'fixed-for-subscribers'],
    ['suse:sles-ltss', undefined, 'fixed-for-subscribers'],
    ['suse:sles-ltss only', ['suse:sles'], 'nothing'],
    ['suse:sles-ltss only', ['suse:sles-ltss'], 'as it is'],
    ['suse:suse-manager-server', ['suse:sles'], 'nothing'],
  ])('%s, where %j is installed, is %s', (channel, channels, expected) => {
    const concerned = entryOfSuseProducts({ ...pkg, channels }, entry, channel)

    expect(concerned === null ? 'nothing' : (concerned.state ?? 'as it is')).toBe(expected)
  })
})
