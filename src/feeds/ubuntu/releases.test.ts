import { describe, expect, it } from 'vitest'
import { UbuntuReleases } from './releases.ts'

const PRO = 'Available with Ubuntu Pro: https://ubuntu.com/pro'
const INFRA = 'Available with Ubuntu Pro (Infra-only): https://ubuntu.com/pro'

function purl(distro: string): string {
  return `pkg:deb/ubuntu/netty@1:4.1.7-4ubuntu0.1+esm3?arch=source&distro=${distro}`
}

describe('where an OSV entry of Ubuntu belongs', () => {
  it.each([
    ['Ubuntu:22.04:LTS', null, null, '22.04', null],
    ['Ubuntu:25.10', purl('questing'), null, '25.10', null],
    ['Ubuntu:Pro:16.04:LTS', purl('esm-apps/xenial'), PRO, '16.04', 'esm-apps'],
    ['Ubuntu:Pro:16.04:LTS', purl('esm-infra/xenial'), null, '16.04', 'esm-infra'],
    ['Ubuntu:Pro:14.04:LTS', purl('trusty/esm'), INFRA, '14.04', 'esm-infra'],
    ['Ubuntu:Pro:14.04:LTS', purl('esm-infra-legacy/trusty'), null, '14.04', 'esm-infra-legacy'],
    ['Ubuntu:Pro:18.04:LTS', null, INFRA, '18.04', 'esm-infra'],
    ['Ubuntu:Pro:18.04:LTS', null, PRO, '18.04', 'esm-apps'],
    ['Ubuntu:Pro:18.04:LTS', null, null, '18.04', 'esm'],
    ['Ubuntu:Pro:18.04:LTS', purl('bionic'), null, '18.04', 'esm'],
    ['Ubuntu:Pro:FIPS:16.04:LTS', null, null, '16.04', 'fips'],
    ['Ubuntu:Pro:FIPS-updates:20.04:LTS', purl('fips-updates/focal'), null, '20.04', 'fips-updates'],
    ['Ubuntu:Pro:FIPS-preview:22.04:LTS', null, null, '22.04', 'fips-preview'],
    ['Ubuntu:Pro:22.04:LTS:Realtime:Kernel', null, null, '22.04', 'realtime'],
    ['Ubuntu:Pro:Realtime:24.04:LTS', null, null, '24.04', 'realtime'],
    ['Ubuntu:22.04:LTS:for:NVIDIA:BlueField', null, null, '22.04', 'bluefield'],
    ['Ubuntu:Nvidia-BlueField:22.04:LTS', purl('bluefield/jammy'), null, '22.04', 'bluefield'],
  ])('%s, %s, %s: %s %s', (ecosystem, where, availability, release, channel) => {
    expect(new UbuntuReleases().placeOfOsv(ecosystem, where, availability)).toEqual({ release, channel })
  })

  it.each(['Debian:12', 'Ubuntu', 'Ubuntu:Pro', 'ubuntu:22.04', 'Ubuntu:constructor'])('%s is nowhere', ecosystem => {
    expect(new UbuntuReleases().placeOfOsv(ecosystem, null, null)).toBeNull()
  })
})

describe('where a VEX product belongs', () => {
  it.each([
    ['xenial', '16.04', null],
    ['ubuntu/trusty', '14.04', null],
    ['trusty/esm', '14.04', 'esm-infra'],
    ['esm-apps/focal', '20.04', 'esm-apps'],
    ['fips-updates/jammy', '22.04', 'fips-updates'],
  ])('%s is %s %s', (distro, release, channel) => {
    expect(new UbuntuReleases().placeOfDistro(distro)).toEqual({ release, channel })
  })

  it('knows releases to come from the records that name them', () => {
    const releases = new UbuntuReleases()

    expect(releases.placeOfDistro('stonking')).toBeNull()
    releases.placeOfOsv('Ubuntu:26.10', purl('stonking'), null)
    expect(releases.placeOfDistro('stonking')).toEqual({ release: '26.10', channel: null })
  })
})
