import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { feedFilesOf } from '../../../test/support/feed-files-of.ts'
import { judgeFeed } from '../../../test/support/judging-feed.ts'
import { ecosystemOf } from '../../ecosystems/index.ts'
import { suseOvalFeed } from './feed.ts'

const feed = suseOvalFeed(ecosystemOf('rpm'))
const packed = gzipSync(readFileSync(new URL('testdata/definitions.xml', import.meta.url)))
const files = feedFilesOf({
  'suse.linux.enterprise.15-sp1-affected.xml.gz': packed,
  'suse.linux.enterprise.16.0-affected.xml.gz': packed,
  'opensuse.leap.15.6.xml.gz': packed,
})

/** A file of service pack 7 whose only definition has these criteria. */
function fileOf(criteria: string): ReturnType<typeof feedFilesOf> {
  const product = (id: number, name: string): string =>
    `<rpminfo_test id="a:tst:${id}" check="at least one"><object object_ref="a:obj:${id}"/><state state_ref="a:ste:1"/></rpminfo_test>@<rpminfo_object id="a:obj:${id}"><name>${name}-release</name></rpminfo_object>`
  const products = [product(1, 'sles'), product(2, 'sles-ltss'), product(3, 'suse-manager-server')].map(text =>
    text.split('@'),
  )
  const test = (id: number, state: number, check = 'at least one'): string =>
    `<rpminfo_test id="a:tst:${id}" check="${check}"><object object_ref="a:obj:9"/><state state_ref="a:ste:${state}"/></rpminfo_test>`
  const state = (id: number, field: string): string => `<rpminfo_state id="a:ste:${id}">${field}</rpminfo_state>`
  const tests = [
    ...products.map(([text]) => text),
    test(10, 10),
    test(11, 11),
    test(12, 12),
    test(13, 13, 'none satisfy'),
  ]
  const document = `<oval_definitions><definitions><definition id="a:def:1" class="vulnerability"><metadata><title>CVE-2099-0001</title>
    <advisory><severity>Low</severity></advisory></metadata>${criteria}</definition></definitions><tests>${tests.join('')}<uname_test id="a:tst:14" check="all"/></tests>
    <objects>${products.map(([, text]) => text).join('')}<rpminfo_object id="a:obj:9"><name>curl</name></rpminfo_object></objects>
    <states>${state(1, '<version operation="equals">15.7</version>')}${state(10, '<evr operation="less than">0:8-2</evr>')}
    ${state(11, '<evr operation="less than">0:8-4</evr>')}${state(12, '<evr operation="greater than">0:0-0</evr>')}
    ${state(13, '<evr operation="greater than or equal">0:14-2</evr>')}</states></oval_definitions>`
  return feedFilesOf({ 'suse.linux.enterprise.15-sp7-affected.xml.gz': gzipSync(document) })
}

const criterion = (id: number): string => `<criterion test_ref="a:tst:${id}"/>`
const and = (...children: readonly string[]): string => `<criteria operator="AND">${children.join('')}</criteria>`
const or = (...children: readonly string[]): string => `<criteria operator="OR">${children.join('')}</criteria>`
const [SLES, LTSS, MANAGER, FIXED_EARLY, FIXED_LATE, UNFIXED, NONE_SATISFY, UNAME] = [1, 2, 3, 10, 11, 12, 13, 14].map(
  criterion,
) as [string, string, string, string, string, string, string, string]

function curl(version: string): string {
  return `pkg:rpm/sles/curl@${version}?arch=x86_64&distro=sles-15.7`
}

describe('definitions of SUSE', () => {
  it('name the flaw with the score and the word of SUSE', async () => {
    const loaded = await feed.load(files, '15.1', null)

    expect(loaded).toMatchObject({
      ok: true,
      value: {
        recordCount: 6,
        skipped: [],
        advisories: [
          {
            id: 'SUSE-CVE-2021-29154',
            upstream: ['CVE-2021-29154'],
            sourceUrl: 'https://www.suse.com/security/cve/CVE-2021-29154.html',
            severities: [
              { system: 'CVSS_V3', vector: 'CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H', source: 'SUSE_CVE' },
              { system: 'word', word: 'important' },
            ],
            published: Date.parse('2021-04-30'),
            modified: Date.parse('2021-07-14'),
          },
        ],
      },
    })
  })

  it.each([
    ['15.1', 'sles', 'kernel-default', '4.12.14-197.86.1', ['CVE-2021-29154']],
    ['15.1', 'sles', 'kernel-default', '4.12.14-197.89.2', []],
    ['15.1', 'sles_sap', 'kernel-default', '4.12.14-197.86.1', ['CVE-2021-29154']],
    ['15.1', 'sles', 'krb5', '1.15.2-4.1', []],
    ['16.0', 'sles', 'tar', '1.35-160000.1.1', ['CVE-2002-0399']],
    ['16.0', 'sles', 'tar', '1.35-160000.2.2', []],
  ])('of %s, on %s: %s %s', async (release, distro, name, version, expected) => {
    const purl = `pkg:rpm/${distro}/${name}@${version}?arch=x86_64&distro=${distro}-${release}`
    const { affected } = await judgeFeed(feed, files, release, [purl])

    expect(affected).toEqual(expected.map(cve => `${name} ${version} x86_64: ${cve}`))
  })

  it('of Leap are read from the file that it has, and only its own release counts', async () => {
    const loaded = await feed.load(files, 'leap-15.6', null)

    expect(loaded).toMatchObject({ ok: true, value: { recordCount: 6, advisories: [] } })
  })
})

describe('fixes for customers of extended support', () => {
  const ltssOnly = and(LTSS, or(FIXED_LATE))
  const first = or(and(SLES, or(FIXED_EARLY)), and(LTSS, or(FIXED_LATE)))

  it.each([
    [
      'show others that they are affected, and who gets the fix',
      ltssOnly,
      '8-3',
      [],
      ['CVE-2099-0001 fixed-for-subscribers'],
    ],
    ['count for their customers', ltssOnly, '8-3', ['suse:sles', 'suse:sles-ltss'], ['CVE-2099-0001']],
    ['do not count above the fix', ltssOnly, '8-4', ['suse:sles-ltss'], []],
    ['come after what everybody got', first, '8-3', ['suse:sles'], []],
    ['come before it for their customers', first, '8-3', ['suse:sles', 'suse:sles-ltss'], ['CVE-2099-0001']],
    ['are told from those of everybody', first, '8-1', [], ['CVE-2099-0001']],
    ['say nothing where none is known', and(LTSS, UNFIXED), '8-3', [], ['CVE-2099-0001']],
    ['of a product on top are for its systems', and(MANAGER, or(FIXED_LATE)), '8-3', ['suse:sles'], []],
  ])('%s', async (_what, criteria, version, channels, expected) => {
    const { affected } = await judgeFeed(feed, fileOf(criteria), '15.7', [curl(version)], channels)

    expect(affected).toEqual(expected.map(finding => `curl ${version} x86_64: ${finding}`))
  })
})

describe('what is not understood', () => {
  it('is affected without a fix where the definition says so', async () => {
    const { affected } = await judgeFeed(feed, fileOf(and(SLES, or(UNFIXED))), '15.7', [curl('99-1')])

    expect(affected).toEqual(['curl 99-1 x86_64: CVE-2099-0001'])
  })

  it.each([
    ['test-that-none-satisfy', and(SLES, or(and(UNFIXED, NONE_SATISFY), FIXED_EARLY))],
    ['test-not-there', and(SLES, or(and(FIXED_LATE, UNAME), FIXED_EARLY))],
    ['test-not-there', and(SLES, or(criterion(99), FIXED_EARLY))],
    ['negated-criteria', and(SLES, or(FIXED_LATE.replace('/>', ' negate="true"/>'), FIXED_EARLY))],
    [
      'operator-of-criteria',
      and(SLES, or(FIXED_LATE.replace(/^(.*)$/, '<criteria operator="XOR">$1</criteria>'), FIXED_EARLY)),
    ],
    ['packages-together', and(SLES, or(and(FIXED_LATE, FIXED_LATE), FIXED_EARLY))],
  ])('is counted as %s and costs its branch only', async (reason, criteria) => {
    const given = fileOf(criteria)
    const loaded = await feed.load(given, '15.7', null)
    const { affected } = await judgeFeed(feed, given, '15.7', [curl('8-1'), curl('8-3')])

    expect(loaded.ok && loaded.value !== 'unchanged' && loaded.value.skipped).toEqual([
      { reason, count: 1, examples: ['CVE-2099-0001'] },
    ])
    expect(affected).toEqual(['curl 8-1 x86_64: CVE-2099-0001'])
  })

  it.each([
    ['no-product', FIXED_EARLY],
    ['condition-without-package', and(SLES)],
    ['conditions-of-several-kinds', and(or(SLES, and(SLES, criterion(99))), FIXED_EARLY)],
  ])('leaves nothing: %s', async (_reason, criteria) => {
    const { affected } = await judgeFeed(feed, fileOf(criteria), '15.7', [curl('8-1')])

    expect(affected).toEqual([])
  })
})
