import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channelOfRepository, redHatProductOfCpe, takesFromRedHatChannel } from './red-hat-channels.ts'

describe('the product of a CPE', () => {
  it.each([
    ['cpe:/o:redhat:enterprise_linux:9', '9', null],
    ['cpe:/o:redhat:enterprise_linux:9::baseos', '9', null],
    ['cpe:/a:redhat:enterprise_linux:8::realtime', '8', null],
    ['cpe:/a:redhat:enterprise_linux:8::sap_hana', '8', null],
    ['cpe:/o:redhat:enterprise_linux:10.0', '10', null],
    ['cpe:/o:redhat:enterprise_linux_eus:10.2', '10', 'eus:10.2'],
    ['cpe:/a:redhat:rhel_eus:9.2::appstream', '9', 'eus:9.2'],
    ['cpe:/a:redhat:rhel_e4s:8.6::appstream', '8', 'e4s:8.6'],
    ['cpe:/o:redhat:rhel_aus:8.2::baseos', '8', 'aus:8.2'],
    ['cpe:/a:redhat:rhel_tus:8.4::highavailability', '8', 'tus:8.4'],
    ['cpe:/o:redhat:rhel_els:7', '7', 'els:7'],
    ['cpe:/a:redhat:openshift:4.16::el9', '9', 'openshift:4.16'],
    ['cpe:/a:redhat:openshift:4', null, 'openshift:4'],
    ['cpe:/a:redhat:rhel_software_collections:3::el7', '7', 'rhel_software_collections:3'],
    ['cpe:2.3:a:redhat:rhel_eus:9.4:*:appstream:*:*:*:*:*', '9', 'eus:9.4'],
  ])('%s is in %s: %s', (cpe, major, channel) => {
    expect(redHatProductOfCpe(cpe)).toEqual({ major, channel })
  })

  it.each([
    'cpe:/o:centos:centos:9',
    'cpe:/o:redhat:enterprise_linux',
    'cpe:/o:redhat:enterprise_linux:nine',
    'cpe:/a:redhat:ansible_automation_platform',
    'cpe:/o:redhat:__proto__:9',
    'openshift:4',
    '',
  ])('is none of: %j', cpe => {
    expect(redHatProductOfCpe(cpe)).toBeNull()
  })
})

describe('the channel of a repository', () => {
  it.each([
    ['rhel-9-for-x86_64-appstream-rpms', null],
    ['rhel-9-for-x86_64-baseos-rpms__9', null],
    ['rhel-9-for-$basearch-baseos-rpms', null],
    ['rhel-8-for-x86_64-baseos-rhui-rpms', null],
    ['rhel-9-for-aarch64-highavailability-rpms', null],
    ['rhel-8-for-x86_64-sap-solutions-rpms', null],
    ['rhel-9-for-x86_64-appstream-debug-rpms', null],
    ['codeready-builder-for-rhel-9-x86_64-rpms', null],
    ['ubi-9-appstream-rpms', null],
    ['ubi-8-for-x86_64-baseos-rpms', null],
    ['rhel-7-server-rpms', null],
    ['rhel-7-server-optional-rpms', null],
    ['rhel-ha-for-rhel-7-server-rpms', null],
    ['fast-datapath-for-rhel-9-x86_64-rpms', null],
    ['rhel-9-for-x86_64-appstream-eus-rpms__9_DOT_2', 'eus:9.2'],
    ['rhel-9-for-s390x-baseos-eus-rpms__9_DOT_4', 'eus:9.4'],
    ['rhel-8-for-x86_64-appstream-eus-rhui-rpms__8_DOT_6', 'eus:8.6'],
    ['rhel-8-for-x86_64-highavailability-e4s-rpms__8_DOT_2', 'e4s:8.2'],
    ['rhel-8-for-x86_64-baseos-aus-source-rpms__8_DOT_4', 'aus:8.4'],
    ['rhel-8-for-x86_64-appstream-tus-rpms__8_DOT_8', 'tus:8.8'],
    ['codeready-builder-for-rhel-9-x86_64-eus-rpms__9_DOT_2', 'eus:9.2'],
    ['rhel-7-server-eus-rpms__7_DOT_6__x86_64', 'eus:7.6'],
    ['rhel-7-server-els-rpms', 'els:7'],
    ['rhel-9-for-x86_64-appstream-eus-rpms', 'eus:$releasever'],
    ['rhocp-4.13-for-rhel-9-x86_64-rpms', 'openshift:4.13'],
    ['rhel-7-server-ose-4.5-rpms', 'openshift:4.5'],
    ['openstack-17.1-for-rhel-9-x86_64-rpms', 'openstack:17.1'],
    ['satellite-client-6-for-rhel-9-x86_64-rpms', 'rhel_satellite_client:6'],
    ['rhel-server-rhscl-7-rpms', 'rhel_software_collections:3'],
  ])('%s: %s', (repository, channel) => {
    expect(channelOfRepository(repository, null)).toEqual({ channel })
  })

  it('is completed by the release that the system is held at', () => {
    expect(channelOfRepository('rhel-9-for-x86_64-appstream-eus-rpms', '9.4')).toEqual({ channel: 'eus:9.4' })
  })

  it.each(['epel', 'my-mirror', 'rhel-9-for-x86_64-appstream-xyz9-rpms', 'rhel-nine-rpms', '', '-'.repeat(100_000)])(
    'is never guessed: %s',
    repository => {
      expect(channelOfRepository(repository, null)).toBeNull()
    },
  )

  it('is answered for any text, and is never the main stream of nothing', () => {
    const answers = fc.property(fc.string({ maxLength: 300 }), text => {
      const found = channelOfRepository(`rhel-9-for-${text}`, null)

      expect(found === null || found.channel === null || found.channel.includes(':')).toBe(true)
    })

    fc.assert(answers)
  })
})

describe('a system takes builds', () => {
  it.each([
    [['eus:9.2'], 'eus:9.2', true],
    [['eus:9.2'], 'eus:9.20', false],
    [['eus:9.2'], 'eus:9', true],
    [['eus:9.2'], 'e4s:9.2', false],
    [['openshift:4.13'], 'openshift:4', true],
    [['openshift:4.13'], 'openshift:4.1', false],
    [['openshift:4'], 'openshift:4.13', false],
    [['eus:$releasever', 'releasever:9.2'], 'eus:9.2', true],
    [['eus:$releasever'], 'eus:9.2', false],
    [[], 'eus:9.2', false],
  ])('of %j from %s: %s', (own, channel, expected) => {
    expect(takesFromRedHatChannel(own, channel)).toBe(expected)
  })
})
