import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { SOME_TIME } from '../support/builders.ts'
import { judge, type SaidAdvisory } from '../support/judging.ts'

/** Mistakes that scanners are known for, one test for each. The wording of the groups is ours; each was seen in a peer. */

const BULLSEYE = 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\nID=debian\n'
const JAMMY = 'PRETTY_NAME="Ubuntu 22.04"\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\nID=ubuntu\n'

/** Name, version, and the source where it differs, as dpkg's own database has them. */
type DpkgPackage = readonly [name: string, version: string, source?: string]

function dpkgStatus(...packages: readonly DpkgPackage[]): string {
  return packages
    .map(([name, version, source]) =>
      [
        `Package: ${name}`,
        'Status: install ok installed',
        'Architecture: amd64',
        ...(source === undefined ? [] : [`Source: ${source}`]),
        `Version: ${version}`,
        '',
      ].join('\n'),
    )
    .join('\n')
}

function debian(...packages: readonly DpkgPackage[]): Record<string, string> {
  return { 'etc/os-release': BULLSEYE, 'var/lib/dpkg/status': dpkgStatus(...packages) }
}

describe('findings that would be wrong', () => {
  it('a Python package that an operating system package owns is not held against PyPI', async () => {
    const metadata = 'usr/lib/python3/dist-packages/urllib3-1.26.5.dist-info/METADATA'
    const advisories: SaidAdvisory[] = [
      { id: 'PYSEC-2023-212', aliases: ['CVE-2023-45803'], affected: [['pypi', 'urllib3', '..1.26.18']] },
      { id: 'DSA-1', feed: 'debian-tracker', upstream: ['CVE-2099-1001'], affected: [['debian:11', 'curl', '..1-1']] },
    ]
    const files = {
      ...debian(['python3-urllib3', '1.26.5-1~exp1+deb11u1', 'python-urllib3']),
      [metadata]: 'Metadata-Version: 2.1\nName: urllib3\nVersion: 1.26.5\n',
    }

    const owned = await judge({
      files: { ...files, 'var/lib/dpkg/info/python3-urllib3.list': `/.\n/${metadata}\n` },
      advisories,
    })
    const free = await judge({ files, advisories })

    expect(owned.affected).toEqual([])
    expect(free.affected).toEqual(['urllib3 1.26.5: CVE-2023-45803'])
  })

  it('no name of a package is guessed into a product of NVD', async () => {
    // CVE-2013-3357 is about Adobe AIR; records of NVD give scores and words, and name no package.
    const { affected } = await judge({
      purls: [
        'pkg:golang/github.com/cosmtrek/air@1.40.4',
        'pkg:npm/air@1.0.0',
        'pkg:maven/org.apache.maven/maven-core@3.0',
      ],
      advisories: [
        { id: 'CVE-2013-3357', feed: 'nvd', source: 'NVD', affected: [] },
        { id: 'GHSA-x', aliases: ['CVE-2099-1001'], affected: [['npm', 'other', '..9.0.0']] },
      ],
    })

    expect(affected).toEqual([])
  })

  it.each<[name: string, version: string, module: string | null, fixed: string, why: string]>([
    ['postgresql', '9.6.10-1.module+el8.0.0+1', 'postgresql:9.6', '12.7-1.module+el8.4.0+1', 'another stream'],
    ['perl-libs', '4:5.26.3-420.el8', null, '4:5.32.1-471.module+el8.4.0+1', 'a modular fix, a plain build'],
    ['nodejs', '1:12.22.12-1.module+el8.6.0+1', 'nodejs:12', '1:14.18.2-2.module+el8.5.0+1', 'another stream'],
    ['nodejs', '1:14.0.0-1.module_el8.5.0+1', 'nodejs:14', '1:14.18.2-2.el8', 'a plain fix, a modular build'],
  ])('%s %s of %s is not held against %s: %s', async (name, version, module, fixed) => {
    const mod = module === null ? '' : `&rpmmod=${module}:8040020210721:abc`
    const { affected } = await judge({
      purls: [
        `pkg:rpm/almalinux/${name}@${version.replace(/^[0-9]+:/, '')}?epoch=${epochOf(version)}&arch=x86_64&distro=almalinux-8.4${mod}`,
      ],
      advisories: [{ id: 'ALSA-1', upstream: ['CVE-2099-1001'], affected: [['almalinux:8', name, `..${fixed}`]] }],
    })

    expect(affected).toEqual([])
  })

  it('the module mark may be written with + or _ and means the same', async () => {
    const { affected } = await judge({
      purls: ['pkg:rpm/almalinux/nodejs@14.0.0-1.module_el8.5.0%2B1?epoch=1&arch=x86_64&distro=almalinux-8.5'],
      advisories: [
        {
          id: 'RHSA-1',
          upstream: ['CVE-2099-1001'],
          affected: [['almalinux:8', 'nodejs', '..1:14.18.2-2.module+el8.5.0+1']],
        },
      ],
    })

    expect(affected).toEqual(['nodejs 1:14.0.0-1.module_el8.5.0+1: CVE-2099-1001'])
  })

  it.each([
    ['openssl-libs', '1:1.1.1k-6.el8_5', '..10:1.1.1k-7.ksplice1.el8_6', 'Ksplice'],
    ['openssl-libs', '1:1.1.1k-6.el8_5', '..10:1.1.1k-7.el8_6_fips', 'FIPS'],
  ])('%s %s is not held against Oracle’s %s (%s)', async (name, version, range) => {
    const { affected } = await judge({
      purls: [`pkg:rpm/ol/${name}@${version.slice(2)}?epoch=1&arch=x86_64&distro=ol-8.6`],
      advisories: [{ id: 'ELSA-1', upstream: ['CVE-2099-1001'], affected: [['ol:8', name, range]] }],
    })

    expect(affected).toEqual([])
  })

  it('a fix that was built for one architecture says nothing about another', async () => {
    const advisories: SaidAdvisory[] = [
      {
        id: 'RLSA-1',
        upstream: ['CVE-2099-1001'],
        affected: [['rocky:9', 'grub2-efi', '..1:2.06-70.el9', { arches: ['aarch64'] }]],
      },
    ]
    const on = async (arch: string) =>
      (await judge({ purls: [`pkg:rpm/rocky/grub2-efi@2.06-1.el9?epoch=1&arch=${arch}&distro=rocky-9`], advisories }))
        .affected

    expect(await on('x86_64')).toEqual([])
    expect(await on('aarch64')).toHaveLength(1)
    expect(await on('noarch')).toHaveLength(1)
  })

  it('a source package has no epoch, whatever its builds and its advisories have', async () => {
    const { affected } = await judge({
      purls: ['1.1.1k-20.azl3', '1.1.1k-21.azl3'].map(
        version => `pkg:rpm/azurelinux/openssl@${version}?arch=x86_64&distro=azurelinux-3.0`,
      ),
      advisories: [
        {
          id: 'oval:com.microsoft.azurelinux:def:1',
          feed: 'azure-linux',
          upstream: ['CVE-2099-1001'],
          affected: [['azurelinux:3', 'openssl', '..1:1.1.1k-21.azl3']],
        },
      ],
    })

    expect(affected).toEqual(['openssl 1.1.1k-20.azl3: CVE-2099-1001'])
  })

  it('packages of other repositories are not held against the distribution', async () => {
    const { affected, undetermined } = await judge({
      purls: ['pkg:rpm/rocky/php-cli@8.1.2-1.el9.remi?arch=x86_64&distro=rocky-9'],
      advisories: [{ id: 'RLSA-1', upstream: ['CVE-2099-1001'], affected: [['rocky:9', 'php-cli', '..8.1.30-1.el9']] }],
    })

    expect(affected).toEqual([])
    expect(undetermined).toEqual(['php-cli 8.1.2-1.el9.remi: third-party-package'])
  })

  it('headers of a kernel in an image are no exposure', async () => {
    const { affected, notExposed } = await judge({
      files: debian(['linux-libc-dev', '5.10.0-1', 'linux']),
      advisories: [
        {
          id: 'DSA-1',
          feed: 'debian-tracker',
          upstream: ['CVE-2099-1001'],
          affected: [['debian:11', 'linux', '..5.10.2-1']],
        },
      ],
    })

    expect(affected).toEqual([])
    expect(notExposed).toEqual(['linux-libc-dev 5.10.0-1: kernel-files-in-image'])
  })

  it('on a host only the kernel that runs counts', async () => {
    const given = {
      files: debian(
        ['linux-image-5.10.0-8-amd64', '5.10.46-4', 'linux-signed-amd64 (5.10.46+4)'],
        ['linux-image-5.10.0-9-amd64', '5.10.70-1', 'linux-signed-amd64 (5.10.70+1)'],
      ),
      advisories: [
        {
          id: 'DSA-1',
          feed: 'debian-tracker',
          upstream: ['CVE-2099-1001'],
          affected: [['debian:11', 'linux', '..5.10.60-1'] as const],
        },
      ],
      kind: 'host' as const,
    }

    expect((await judge({ ...given, runningKernel: '5.10.0-9-amd64' })).affected).toEqual([])
    expect((await judge({ ...given, runningKernel: '5.10.0-8-amd64' })).affected).toHaveLength(1)
    expect((await judge(given)).affected).toHaveLength(1)
  })

  it('what Debian calls undetermined or unimportant is no finding', async () => {
    const { affected, notExposed } = await judge({
      files: debian(['curl', '7.74.0-1']),
      advisories: [
        {
          id: 'DEBIAN-CVE-2099-1002',
          feed: 'debian-tracker',
          upstream: ['CVE-2099-1002'],
          affected: [['debian:11', 'curl', '..', { state: 'unimportant' }]],
        },
      ],
    })

    expect(affected).toEqual([])
    expect(notExposed).toEqual(['curl 7.74.0-1: vendor-unimportant'])
  })

  it('what was so in another release of Debian says nothing', async () => {
    const { affected } = await judge({
      files: debian(['curl', '7.74.0-1']),
      advisories: [
        {
          id: 'DSA-1',
          feed: 'debian-tracker',
          upstream: ['CVE-2099-1001'],
          affected: [
            ['debian:10', 'curl', '..7.88-1'],
            ['debian:12', 'curl', '..7.88-1'],
          ],
        },
      ],
    })

    expect(affected).toEqual([])
  })

  it('version 0 of Alpine means not affected', async () => {
    const { affected } = await judge({
      purls: ['pkg:apk/alpine/avahi@0.8-r5?arch=x86_64&distro=alpine-3.20.1'],
      advisories: [
        {
          id: 'ALPINE-CVE-2021-26720',
          feed: 'alpine-secdb',
          upstream: ['CVE-2021-26720'],
          affected: [['alpine:3.20', 'avahi', '']],
        },
      ],
    })

    expect(affected).toEqual([])
  })

  it('what one source builds under a name of another is not the other', async () => {
    const { affected } = await judge({
      files: debian(['login', '1:4.8.1-1', 'shadow'], ['bsdutils', '1:2.36.1-8', 'util-linux (2.36.1-8)']),
      advisories: [
        {
          id: 'DSA-1',
          feed: 'debian-tracker',
          upstream: ['CVE-2099-1001'],
          affected: [['debian:11', 'util-linux', '..2.36.1-9']],
        },
      ],
    })

    expect(affected).toEqual(['bsdutils 1:2.36.1-8: CVE-2099-1001'])
  })

  it('a main module that was built without a version is not held against its releases', async () => {
    const { affected, undetermined } = await judge({
      purls: ['pkg:golang/github.com/gohugoio/hugo@%28devel%29'],
      advisories: [
        {
          id: 'GO-2099-1',
          aliases: ['CVE-2099-1001'],
          affected: [['golang', 'github.com/gohugoio/hugo', '..0.79.1']],
        },
      ],
    })

    expect(affected).toEqual([])
    expect(undetermined).toEqual(['github.com/gohugoio/hugo (devel): unreadable-version'])
  })

  it('a stale toolchain line of go.mod is no installed toolchain', async () => {
    const { affected } = await judge({
      files: {
        'app/go.mod': 'module a.example/a\n\ngo 1.20\n\ntoolchain go1.20.1\n\nrequire golang.org/x/net v0.30.0\n',
      },
      advisories: [
        {
          id: 'GO-2099-1',
          aliases: ['CVE-2099-1001'],
          affected: [
            ['golang', 'stdlib', '..1.22.0'],
            ['golang', 'toolchain', '..1.22.0'],
          ],
        },
      ],
    })

    expect(affected).toEqual([])
  })

  it('only the artefact that is named is meant, not its neighbours', async () => {
    const { affected } = await judge({
      purls: [
        'pkg:maven/org.apache.logging.log4j/log4j-api@2.14.1',
        'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
        'pkg:maven/org.eclipse.jetty/jetty-servlets@9.4.1',
        'pkg:maven/org.eclipse.jetty/jetty-server@9.4.1',
      ],
      advisories: [
        {
          id: 'GHSA-jfh8-c2jp-5v3q',
          aliases: ['CVE-2021-44228'],
          affected: [['maven', 'org.apache.logging.log4j:log4j-core', '2.13.0..2.15.0']],
        },
        {
          id: 'GHSA-m394-8rww-3jr7',
          aliases: ['CVE-2020-27223'],
          affected: [['maven', 'org.eclipse.jetty:jetty-server', '..9.4.37']],
        },
      ],
    })

    expect(affected).toEqual([
      'org.apache.logging.log4j:log4j-core 2.14.1: CVE-2021-44228',
      'org.eclipse.jetty:jetty-server 9.4.1: CVE-2020-27223',
    ])
  })

  it('a Windows-only flaw is none on Linux, also where a source below says nothing about systems', async () => {
    const { affected } = await judge({
      purls: ['pkg:cargo/grep-cli@0.1.5', 'pkg:golang/github.com/git-lfs/git-lfs@v2.0.0', 'pkg:cargo/smallvec@0.6.0'],
      advisories: [
        {
          id: 'RUSTSEC-2021-0071',
          aliases: ['CVE-2021-3013'],
          affected: [['cargo', 'grep-cli', '..0.1.6', { operatingSystems: ['windows'] }]],
        },
        { id: 'GHSA-g4xg-fxmg-vcg5', aliases: ['CVE-2021-3013'], affected: [['cargo', 'grep-cli', '..0.1.6']] },
        {
          id: 'GO-2021-0098',
          aliases: ['CVE-2021-21237'],
          affected: [['golang', 'github.com/git-lfs/git-lfs', '..2.13.2', { operatingSystems: ['windows'] }]],
        },
        { id: 'RUSTSEC-2019-0009', aliases: ['CVE-2019-15551'], affected: [['cargo', 'smallvec', '..0.6.10']] },
      ],
    })

    expect(affected).toEqual(['smallvec 0.6.0: CVE-2019-15551'])
  })

  it('a rebuild by another vendor may hold the fix: undetermined', async () => {
    const { affected, undetermined } = await judge({
      purls: ['pkg:maven/io.netty/netty-codec@4.1.94.Final-redhat-00001', 'pkg:pypi/pillow@9.0.0%2Bpatched.1'],
      advisories: [
        { id: 'GHSA-1', aliases: ['CVE-2099-1001'], affected: [['maven', 'io.netty:netty-codec', '..4.1.95.Final']] },
        { id: 'PYSEC-1', aliases: ['CVE-2099-1002'], affected: [['pypi', 'pillow', '..9.0.1']] },
      ],
    })

    expect(affected).toEqual([])
    expect(undetermined).toHaveLength(2)
  })

  it('a withdrawn advisory and a rejected CVE are about nothing', async () => {
    const { affected } = await judge({
      purls: ['pkg:npm/a@1.0.0'],
      advisories: [
        { id: 'GHSA-1', aliases: ['CVE-2099-1001'], withdrawn: SOME_TIME, affected: [['npm', 'a', '..2.0.0']] },
        { id: 'GHSA-2', aliases: ['CVE-2099-1002'], affected: [['npm', 'a', '..2.0.0']] },
        { id: 'CVE-2099-1002', feed: 'nvd', source: 'NVD', withdrawn: SOME_TIME, affected: [] },
      ],
    })

    expect(affected.filter(line => line.includes('CVE-2099'))).toEqual([])
  })

  it('one flaw under two ids is one finding', async () => {
    const { affected } = await judge({
      purls: ['pkg:golang/golang.org/x/net@v0.1.0'],
      advisories: [
        {
          id: 'GO-2099-1',
          aliases: ['CVE-2099-1001', 'GHSA-1'],
          affected: [['golang', 'golang.org/x/net', '..0.2.0']],
        },
        { id: 'GHSA-1', aliases: ['CVE-2099-1001'], affected: [['golang', 'golang.org/x/net', '..0.2.0']] },
      ],
    })

    expect(affected).toEqual(['golang.org/x/net v0.1.0: CVE-2099-1001'])
  })

  it('packages in fixtures, private packages and manifests without a version are none of the registry', async () => {
    const { inventory } = await judge({
      files: {
        'app/node_modules/own/package.json': '{"name":"lodash","version":"1.0.0","private":true}',
        'app/node_modules/types/package.json': '{"type":"module"}',
      },
      advisories: [{ id: 'GHSA-1', aliases: ['CVE-2099-1001'], affected: [['npm', 'lodash', '..9.0.0']] }],
    })

    expect(inventory.packages).toEqual([])
    await expect(
      judge({ files: { 'app/node_modules/a/test/fixtures/node_modules/lodash/package.json': '{}' }, advisories: [] }),
    ).rejects.toThrow('no analyzer wants')
  })
})

function epochOf(version: string): string {
  return /^([0-9]+):/.exec(version)?.[1] ?? '0'
}

describe('findings that would be missed', () => {
  it('kernels of an extra of Amazon Linux 2 are held against that extra, and versions are compared as rpm does', async () => {
    const { affected } = await judge({
      purls: [
        'pkg:rpm/amzn/kernel@5.10.50-44.131.amzn2?arch=x86_64&distro=amzn-2',
        'pkg:rpm/amzn/libx@1.0-9.amzn2?arch=x86_64&distro=amzn-2',
      ],
      advisories: [
        {
          id: 'ALAS2KERNEL-5.10-1',
          feed: 'amazon-linux',
          upstream: ['CVE-2099-1001'],
          affected: [['amzn:2', 'kernel', '..5.10.62-55.141.amzn2', { channel: 'kernel-5.10' }]],
        },
        // dpkg would put `1.0-9.amzn2` after `1.0-9.amzn2.0.1`'s tilde-less end; rpm does not.
        {
          id: 'ALAS2-2',
          feed: 'amazon-linux',
          upstream: ['CVE-2099-1002'],
          affected: [['amzn:2', 'libx', '..1.0-9.amzn2.0.1']],
        },
      ],
    })

    expect(affected).toEqual(['kernel 5.10.50-44.131.amzn2: CVE-2099-1001', 'libx 1.0-9.amzn2: CVE-2099-1002'])
  })

  it('builds for ARM are held against the notices for ARM, and those for no architecture against all', async () => {
    const { affected } = await judge({
      purls: ['aarch64', 'noarch'].map(arch => `pkg:rpm/amzn/a-${arch}@1-1.amzn2023?arch=${arch}&distro=amzn-2023`),
      advisories: [
        {
          id: 'ALAS2023-1',
          feed: 'amazon-linux',
          upstream: ['CVE-2099-1001'],
          affected: [
            ['amzn:2023', 'a-aarch64', '..1-2.amzn2023', { arches: ['aarch64'] }],
            ['amzn:2023', 'a-noarch', '..1-2.amzn2023', { arches: ['noarch'] }],
          ],
        },
      ],
    })

    expect(affected).toEqual(['a-aarch64 1-1.amzn2023: CVE-2099-1001', 'a-noarch 1-1.amzn2023: CVE-2099-1001'])
  })

  it('a later notice for the same flaw does not overwrite an earlier one', async () => {
    const { affected } = await judge({
      purls: ['pkg:rpm/amzn/openssl@1.0.2k-20.amzn2?epoch=1&arch=x86_64&distro=amzn-2'],
      advisories: [
        {
          id: 'ALAS2-1',
          feed: 'amazon-linux',
          upstream: ['CVE-2099-1001'],
          affected: [['amzn:2', 'openssl', '..1:1.0.2k-24.amzn2']],
        },
        {
          id: 'ALAS2-2',
          feed: 'amazon-linux',
          upstream: ['CVE-2099-1001'],
          affected: [['amzn:2', 'openssl', '..1:1.0.2k-19.amzn2']],
        },
      ],
    })

    expect(affected).toEqual(['openssl 1:1.0.2k-20.amzn2: CVE-2099-1001'])
  })

  it('package databases are read wherever distributions keep them', async () => {
    const installed = 'P:musl\nV:1.2.2-r0\nA:x86_64\no:musl\n\n'
    const files = {
      'etc/os-release': BULLSEYE,
      'var/lib/dpkg/status.d/curl': 'Package: curl\nArchitecture: amd64\nVersion: 7.74.0-1\n',
      'usr/lib/apk/db/installed': installed,
    }
    const { inventory } = await judge({ files, advisories: [{ id: 'GHSA-1', affected: [['npm', 'a', '..']] }] })

    expect(inventory.packages.map(pkg => pkg.name)).toEqual(['musl', 'curl'])
  })

  it('sub-packages of Alpine are found by their origin, and binaries of Debian by their source', async () => {
    const { affected } = await judge({
      purls: [
        'pkg:apk/alpine/libcrypto3@3.1.0-r0?arch=x86_64&distro=alpine-3.20.1&upstream=openssl',
        'pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&distro=debian-12&upstream=openssl',
      ],
      advisories: [
        {
          id: 'ALPINE-CVE-2099-1001',
          feed: 'alpine-secdb',
          upstream: ['CVE-2099-1001'],
          affected: [['alpine:3.20', 'openssl', '..3.1.1-r0']],
        },
        {
          id: 'DSA-1',
          feed: 'debian-tracker',
          upstream: ['CVE-2099-1001'],
          affected: [['debian:12', 'openssl', '..3.0.2-1']],
        },
      ],
    })

    expect(affected).toEqual(['libcrypto3 3.1.0-r0: CVE-2099-1001', 'libssl3 3.0.1-1: CVE-2099-1001'])
  })

  it('versions with build metadata or endless numbers are compared, and one that cannot be read is told', async () => {
    const { affected, undetermined } = await judge({
      purls: ['pkg:npm/a@1.0.0%2Bbuild.7', `pkg:npm/a@1.0.99999999999999999999`, 'pkg:npm/a@latest-and-greatest'],
      advisories: [
        { id: 'GHSA-1', aliases: ['CVE-2099-1001'], affected: [['npm', 'a', '..1.0.99999999999999999998']] },
      ],
    })

    expect(affected).toEqual(['a 1.0.0+build.7: CVE-2099-1001'])
    expect(undetermined).toEqual(['a latest-and-greatest: unreadable-version'])
  })

  it('os-release is found at both places', async () => {
    const { affected } = await judge({
      files: { 'usr/lib/os-release': JAMMY, 'var/lib/dpkg/status': dpkgStatus(['curl', '7.81.0-1']) },
      advisories: [
        {
          id: 'UBUNTU-CVE-2099-1001',
          upstream: ['CVE-2099-1001'],
          affected: [['ubuntu:22.04', 'curl', '..7.81.0-1ubuntu1.1']],
        },
      ],
    })

    expect(affected).toEqual(['curl 7.81.0-1: CVE-2099-1001'])
  })

  it('flaws without a CVE count, and a last affected version without a fix', async () => {
    const { affected } = await judge({
      purls: ['pkg:npm/a@1.0.0', 'pkg:npm/a@1.0.1'],
      advisories: [{ id: 'GHSA-36p3-wjmg-h94x', affected: [['npm', 'a', '..=1.0.0']] }],
    })

    expect(affected).toEqual(['a 1.0.0: GHSA-36p3-wjmg-h94x'])
  })
})

/** What is tested where it is decided: the mistake, the file, and the name of the test. */
const ELSEWHERE: readonly (readonly [mistake: string, file: string, test: string])[] = [
  ['a build of EPEL', 'test/match-quality/rpm-and-apk.test.ts', 'says that an EPEL build cannot be judged'],
  ['a build of Docker or NVIDIA', 'src/ecosystems/deb/third-party.test.ts', 'who built a package'],
  ['a build of a PPA', 'src/ecosystems/deb/third-party.test.ts', 'versions of other repositories'],
  ['what Ubuntu ignores', 'test/match-quality/ubuntu.test.ts', 'ignored is not reported as one that will be fixed'],
  ['an installed fix of Ubuntu Pro', 'test/match-quality/ubuntu.test.ts', 'is not reported where the fix is installed'],
  ['two entries for one product of Ubuntu', 'src/feeds/ubuntu/combine.test.ts', 'products that stand twice'],
  [
    'what Alpine rejects',
    'src/feeds/alpine-secdb/feed.test.ts',
    'do not count for the package that they are rejected for',
  ],
  [
    'crates that are only unmaintained',
    'src/feeds/osv-record.test.ts',
    'drops what RustSec says of a crate for information',
  ],
  ['systems of Go and RustSec', 'src/feeds/osv-systems.test.ts', 'a family that Linux belongs to'],
  ['live patches of Amazon Linux', 'test/match-quality/native-feeds.test.ts', 'a live patch'],
  ['metadata of one architecture', 'src/feeds/amazon-linux/feed.test.ts', 'of both architectures are one'],
  ['update streams of RHEL', 'test/match-quality/red-hat.test.ts', 'the fix of its own stream'],
  ['security fixes in a bug fix update', 'src/feeds/redhat-csaf/parse.test.ts', 'RHBA-2024:11505'],
  ['what RHEL has not fixed', 'test/match-quality/red-hat.test.ts', 'only the main stream speaks'],
  ['RHEL 10', 'test/match-quality/red-hat.test.ts', "'rhel:10'"],
  ['a fix that only Ubuntu Pro has', 'test/match-quality/ubuntu.test.ts', 'a flaw that only Ubuntu Pro fixes'],
  [
    'releases that left the feed',
    'test/match-quality/ubuntu.test.ts',
    'releases dropped from the feed after their end',
  ],
  ['rpm databases of other places', 'src/ecosystems/rpm/package-database.test.ts', 'usr/lib/sysimage/rpm/Packages.db'],
  [
    'the log of an rpm database',
    'src/ecosystems/rpm/package-database.test.ts',
    'adds its packages, and is always told',
  ],
  ['rpm databases of SUSE', 'src/ecosystems/rpm/package-database.test.ts', 'gives a package for each slot in use'],
  ['binaries that ALSA leaves out', 'src/feeds/osv-record.test.ts', 'hold for libraries that they leave out'],
  ['a linked os-release', 'src/system/file-tree.test.ts', 'resolves links as a process confined to the root would'],
  ['a distribution in an upper layer', 'src/inventory/merge-layers.test.ts', 'act on lower layers only'],
  ['distroless images', 'src/ecosystems/deb/analyzers.test.ts', 'are md5sums in distroless images'],
  ['a feed that lost its content', 'src/scanning/sync-feeds.test.ts', 'refuses a part that shrank'],
  ['a source that spoke and is gone', 'src/scanning/assess-inventory.test.ts', 'or a source that spoke is gone'],
  [
    'findings closed without proof',
    'src/findings/reconcile.test.ts',
    'closes nothing that the scan does not prove gone',
  ],
]

describe('mistakes that are tested where they are decided', () => {
  it.each(ELSEWHERE)('%s: %s, "%s"', async (_mistake, file, name) => {
    expect(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')).toContain(name)
  })
})
