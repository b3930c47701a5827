import { describe, expect, it } from 'vitest'
import type { Package } from '../../domain/inventory.ts'
import { foreignVendorOf, isThirdPartyBuild } from './third-party.ts'

function aPackage(version: string, vendor?: string): Package {
  return { type: 'deb', namespace: null, name: 'x', version, arch: 'amd64', source: null, vendor }
}

describe('who built a package', () => {
  it.each([
    ['docker-ce', undefined, 'Docker <support@docker.com>', 'Docker <support@docker.com>'],
    ['cuda', undefined, 'cudatools <cudatools@nvidia.com>', 'cudatools <cudatools@nvidia.com>'],
    ['nodejs', undefined, 'Ivan Iguaran <ivan@nodesource.com>', 'Ivan Iguaran <ivan@nodesource.com>'],
    ['an origin of its own', 'Artifactory', undefined, 'Artifactory'],
    ['Ubuntu', 'Ubuntu', 'Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>', undefined],
    ['Debian', undefined, 'Debian GCC Maintainers <debian-gcc@lists.debian.org>', undefined],
    ['a person of Debian', undefined, 'Alessandro Ghedini <ghedo@debian.org>', undefined],
    ['an employee who looks after a package of the archive', undefined, 'Somebody <somebody@docker.com>', undefined],
    ['nobody', undefined, undefined, undefined],
  ])('%s', (_what, origin, maintainer, expected) => {
    expect(foreignVendorOf(origin, maintainer)).toBe(expected)
  })
})

describe('versions of other repositories', () => {
  it.each([
    ['18.19.0-1nodesource1', true],
    ['15.4-1.pgdg22.04+1', true],
    ['8.2.10-2+ubuntu22.04.1+deb.sury.org+1', true],
    ['8.2.10-2+0~20230905.58+debian12~1.gbp94e6a6', true],
    ['1:2.42.0-0ppa1~ubuntu22.04.1', true],
    ['3.11.9-1+jammy1', true],
    ['5:24.0.7-1~ubuntu.22.04~jammy', true],
    ['5:20.10.24~3-0~debian-bookworm', true],
    ['10:5.1.1-dmo4+deb11u1', true],
    ['1.2-3', false],
    ['1.2-3ubuntu0.1', false],
    ['2.34-0.1ubuntu9', false],
    ['1.2-3~bpo12+1', false],
    ['1.6.0-1~ubuntu22.04.1', false],
    ['6.8.0-40.40~22.04.3', false],
    ['2:102.7+LibO7.3.7-0ubuntu0.22.04.4', false],
    ['1.0+ppablo-1', false],
    ['9.55.0~dfsg1-0ubuntu5.6', false],
  ])('%s: %s', (version, expected) => {
    expect(isThirdPartyBuild(aPackage(version))).toBe(expected)
  })

  it('counts a vendor that an inventory of another tool names', () => {
    expect(isThirdPartyBuild(aPackage('1-1', 'Docker <support@docker.com>'))).toBe(true)
    expect(isThirdPartyBuild(aPackage('1-1', 'Ubuntu'))).toBe(false)
  })
})
