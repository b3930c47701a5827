import { describe, expect, it } from 'vitest'
import { analysisOf, refusalOf } from '../analyzer.suite.ts'
import { redHatContentManifest, redHatRelease, redHatRepositories } from './red-hat-repositories.ts'

const manifest = (...sets: readonly unknown[]): string =>
  JSON.stringify({ metadata: { icm_version: 1 }, content_sets: sets, image_contents: [] })

describe('content manifests of images', () => {
  it.each([
    ['root/buildinfo/content_manifests/ubi9-container-9.4-1214.json', true],
    ['usr/share/buildinfo/content_manifests/rhel-els-container-9.2-483.json', true],
    ['root/buildinfo/Dockerfile-ubi9-9.4-1214', false],
    ['root/buildinfo/content_manifests/deeper/x.json', false],
    ['srv/root/buildinfo/content_manifests/x.json', false],
  ])('%s: %s', (path, expected) => {
    expect(redHatContentManifest.wants(path)).toBe(expected)
  })

  it('tell the channels that an image takes packages from', () => {
    const found = analysisOf(
      redHatContentManifest,
      manifest(
        'rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2',
        'rhel-9-for-x86_64-appstream-rpms',
        'rhocp-4.13-for-rhel-9-x86_64-rpms',
      ),
    )

    expect(found).toMatchObject({ channels: ['eus:9.2', 'openshift:4.13'], problems: [] })
  })

  it('tell of repositories that are not known, and go on', () => {
    const found = analysisOf(
      redHatContentManifest,
      manifest('somebody-s-rpms', 7, 'rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2'),
    )

    expect(found.channels).toEqual(['eus:9.2'])
    expect(found.problems).toMatchObject([{ reason: 'unknown-repository' }])
    expect(found.problems[0]?.detail).toContain('somebody-s-rpms')
  })

  it('may say nothing', () => {
    expect(analysisOf(redHatContentManifest, manifest()).channels).toEqual([])
    expect(analysisOf(redHatContentManifest, '{"content_sets":"all"}').channels).toEqual([])
  })

  it.each(['', '[]', 'null', '{'])('are refused when they are none: %j', text => {
    expect(refusalOf(redHatContentManifest, text)).toBe('malformed-content-manifest')
  })

  it('cannot fill the coverage page', () => {
    const sets = Array.from({ length: 30_000 }, (_, at) => `unknown-${at}`)

    expect(analysisOf(redHatContentManifest, manifest(...sets)).problems.length).toBeLessThan(200)
  })
})

describe('repositories of a host', () => {
  const repo = (id: string, ...lines: readonly string[]): string => [`[${id}]`, ...lines, ''].join('\n')

  it('count where they are switched on', () => {
    const found = analysisOf(
      redHatRepositories,
      [
        '# managed by subscription-manager',
        repo('rhel-9-for-x86_64-baseos-rpms', 'enabled = 1'),
        repo('rhocp-4.16-for-rhel-9-x86_64-rpms', 'name = x', 'enabled = 1', 'sslverify = 1'),
        repo('rhocp-4.15-for-rhel-9-x86_64-rpms', 'enabled = 0'),
        repo('rhel-9-for-x86_64-appstream-e4s-rpms', 'enabled=0'),
        repo('nobody-knows-rpms', 'enabled = 0'),
      ].join('\n'),
    )

    expect(found).toMatchObject({ channels: ['openshift:4.16'], problems: [] })
  })

  it.each([
    ['https://cdn.redhat.com/content/eus/rhel9/9.2/x86_64/appstream/os', 'eus:9.2'],
    ['https://cdn.redhat.com/content/eus/rhel9/$releasever/x86_64/appstream/os', 'eus:$releasever'],
    ['', 'eus:$releasever'],
  ])('have the release of their address: %s', (address, expected) => {
    const text = repo('rhel-9-for-x86_64-appstream-eus-rpms', `baseurl = ${address}`, 'enabled = 1')

    expect(analysisOf(redHatRepositories, text).channels).toEqual([expected])
  })

  it('are on unless they say otherwise, and told when they are not known', () => {
    const found = analysisOf(redHatRepositories, repo('my-own-rpms'))

    expect(found).toMatchObject({ channels: [], problems: [{ reason: 'unknown-repository' }] })
  })
})

describe('the release that a host is held at', () => {
  it.each([
    ['etc/dnf/vars/releasever', '9.2\n', ['releasever:9.2']],
    ['etc/yum/vars/releasever', '7.6', ['releasever:7.6']],
    ['etc/yum/vars/releasever', '7Server', []],
    ['etc/dnf/vars/releasever', '9', []],
    ['etc/dnf/vars/releasever', '2023.5.20240805', []],
    ['etc/dnf/vars/releasever', 'latest', []],
    ['etc/dnf/vars/releasever', 'nine point two', []],
    ['var/lib/rhsm/cache/releasever.json', '{"releaseVer": "9.4"}', ['releasever:9.4']],
    ['var/lib/rhsm/cache/releasever.json', '{"releaseVer": null}', []],
    ['var/lib/rhsm/cache/releasever.json', '{', []],
  ])('%s with %j: %j', (path, content, expected) => {
    expect(redHatRelease.wants(path)).toBe(true)
    expect(analysisOf(redHatRelease, content, path)).toMatchObject({ channels: expected, problems: [] })
  })
})
