import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Distro } from './inventory.ts'
import { parsePurl, purlOf } from './purl.ts'

const debian: Distro = { id: 'debian', versionId: '12', codename: 'bookworm', prettyName: null }
const base = { arch: null, source: null } as const

describe('package URLs', () => {
  it.each([
    [
      {
        ...base,
        type: 'deb',
        name: 'attr',
        version: '1:2.4.47-2+b1',
        arch: 'amd64',
        source: { name: 'attr', version: '1:2.4.47-2' },
      },
      'pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64&distro=debian-12&upstream=attr%401:2.4.47-2',
    ],
    [
      {
        ...base,
        type: 'deb',
        name: 'libstdc++6',
        version: '12.2.0-14',
        arch: 'all',
        source: { name: 'gcc-12', version: '12.2.0-14' },
      },
      'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=all&distro=debian-12&upstream=gcc-12',
    ],
    [{ ...base, type: 'npm', name: '@babel/core', version: '7.0.0+a' }, 'pkg:npm/%40babel/core@7.0.0%2Ba'],
    [{ ...base, type: 'npm', name: 'JSONStream', version: '1.0.0' }, 'pkg:npm/JSONStream@1.0.0'],
    [{ ...base, type: 'nuget', name: 'Newtonsoft.Json', version: '13.0.1' }, 'pkg:nuget/Newtonsoft.Json@13.0.1'],
    [{ ...base, type: 'cargo', name: 'smallvec', version: '1.6.0' }, 'pkg:cargo/smallvec@1.6.0'],
    [{ ...base, type: 'composer', name: 'twig/twig', version: 'v3.0.0' }, 'pkg:composer/twig/twig@v3.0.0'],
    [{ ...base, type: 'hex', name: 'acme/auth', version: '1.0.0' }, 'pkg:hex/acme/auth@1.0.0'],
    [{ ...base, type: 'pub', name: 'archive', version: '3.3.2+1' }, 'pkg:pub/archive@3.3.2%2B1'],
    [
      { ...base, type: 'swift', name: 'github.com/Apple/swift-nio', version: '2.41.0' },
      'pkg:swift/github.com/Apple/swift-nio@2.41.0',
    ],
    [
      { ...base, type: 'githubactions', name: 'actions/runner', version: 'v2.296.1' },
      'pkg:githubactions/actions/runner@v2.296.1',
    ],
    [{ ...base, type: 'bitnami', name: 'redis', version: '7.4.1-0' }, 'pkg:bitnami/redis@7.4.1-0'],
    [{ ...base, type: 'maven', name: 'org.yaml:snakeyaml', version: '1.30' }, 'pkg:maven/org.yaml/snakeyaml@1.30'],
    [{ ...base, type: 'pypi', name: 'jinja2', version: '2.11.2' }, 'pkg:pypi/jinja2@2.11.2'],
    [{ ...base, type: 'gem', name: 'nokogiri', version: '1.10.3' }, 'pkg:gem/nokogiri@1.10.3'],
    [{ ...base, type: 'golang', name: 'golang.org/x/net', version: 'v0.17.0' }, 'pkg:golang/golang.org/x/net@v0.17.0'],
    [{ ...base, type: 'cran', name: 'DEoptimR', version: '1.1-4' }, 'pkg:cran/DEoptimR@1.1-4'],
    [{ ...base, type: 'conan', name: 'openssl', version: '1.1.1w' }, 'pkg:conan/openssl@1.1.1w'],
  ] as const)('of %j', (pkg, text) => {
    expect(purlOf(pkg, debian)).toBe(text)
    const distro = pkg.type === 'deb' ? { id: 'debian', versionId: '12' } : null
    expect(parsePurl(text)).toEqual({ ok: true, value: { ...pkg, distro } })
  })

  it.each([
    [
      {
        ...base,
        type: 'rpm',
        name: 'openssl-libs',
        version: '1:3.0.7-6.el9_2',
        arch: 'x86_64',
        source: { name: 'openssl', version: '3.0.7-6.el9_2' },
      },
      'pkg:rpm/almalinux/openssl-libs@3.0.7-6.el9_2?arch=x86_64&distro=almalinux-9.2&epoch=1&upstream=openssl-3.0.7-6.el9_2.src.rpm',
    ],
    [
      { ...base, type: 'rpm', name: 'nodejs', version: '18.14.2-2.module_el8.7.0', module: 'nodejs:18' },
      'pkg:rpm/almalinux/nodejs@18.14.2-2.module_el8.7.0?distro=almalinux-9.2&rpmmod=nodejs:18',
    ],
    [
      {
        ...base,
        type: 'apk',
        name: 'libssl3',
        version: '3.1.2-r0',
        arch: 'x86_64',
        source: { name: 'openssl', version: '3.1.2-r0' },
      },
      'pkg:apk/almalinux/libssl3@3.1.2-r0?arch=x86_64&distro=almalinux-9.2&upstream=openssl',
    ],
  ] as const)('of operating systems: %j', (pkg, text) => {
    const distro = { id: 'almalinux', versionId: '9.2' }

    expect(purlOf(pkg, { ...distro, codename: null, prettyName: null })).toBe(text)
    expect(parsePurl(text)).toEqual({ ok: true, value: { ...pkg, distro } })
  })

  it('of rpm mean no epoch by epoch 0, and name the module of a whole label', () => {
    const text = 'pkg:rpm/rhel/perl@5.26.3-1?distro=rhel-8.6&epoch=0&rpmmod=perl%3A5.26%3A8040%3Aabc%3Ax86_64'

    expect(parsePurl(text)).toMatchObject({ ok: true, value: { version: '5.26.3-1', module: 'perl:5.26' } })
  })

  it('are small where the type does not regard case', () => {
    const spelled = (type: 'composer' | 'nuget', name: string): string =>
      purlOf({ ...base, type, name, version: '1' }, null)

    expect(spelled('composer', 'Twig/Twig')).toBe('pkg:composer/twig/twig@1')
    expect(spelled('nuget', 'Newtonsoft.Json')).toBe('pkg:nuget/Newtonsoft.Json@1')
  })

  it('spell Python and Go as their types want it', () => {
    const python = { ...base, type: 'pypi', name: 'Flask_Login', version: '0.6.3' } as const
    const go = { ...base, type: 'golang', name: 'github.com/BurntSushi/toml', version: 'v1.2.0' } as const

    expect(purlOf(python, null)).toBe('pkg:pypi/flask-login@0.6.3')
    expect(purlOf(go, null)).toBe('pkg:golang/github.com/burntsushi/toml@v1.2.0')
    expect(parsePurl('pkg:golang/github.com/BurntSushi/toml@v1.2.0')).toMatchObject({
      value: { name: 'github.com/BurntSushi/toml' },
    })
  })

  it('say no distribution when there is none', () => {
    expect(purlOf({ ...base, type: 'deb', name: 'a', version: '1' }, null)).toBe('pkg:deb/a@1')
  })

  it.each([
    [
      'pkg:deb/ubuntu/x@1?distro=ubuntu-22.04&source=y&source_version=2',
      { source: { name: 'y', version: '2' }, distro: { id: 'ubuntu', versionId: '22.04' } },
    ],
    [
      'pkg:deb/debian/x@1?upstream=y%402',
      { source: { name: 'y', version: '2' }, distro: { id: 'debian', versionId: null } },
    ],
    ['pkg:deb/debian/x@1?upstream=x', { source: null }],
    ['pkg:deb/debian/x@2.36?epoch=1&distro=debian-12', { version: '1:2.36' }],
    ['pkg:deb/debian/x@1:2.36?epoch=1', { version: '1:2.36' }],
    ['pkg:rpm/amzn/x@1-2?epoch=nope', { version: '1-2' }],
    ['pkg:rpm/redhat/x@1-2?distro=redhat-9.4', { distro: { id: 'rhel', versionId: '9.4' } }],
    ['pkg:rpm/amazonlinux/x@1-2', { distro: { id: 'amzn', versionId: null } }],
    ['pkg:rpm/amazon/x@1-2?distro=amazon-2+%28Karoo%29', { distro: { id: 'amzn', versionId: '2' } }],
    ['pkg:apk/alpine/x@1-r2?distro=3.18.4', { distro: { id: 'alpine', versionId: '3.18.4' } }],
    ['pkg:rpm/opensuse/x@1-2?distro=opensuse-leap-15.5', { distro: { id: 'opensuse-leap', versionId: '15.5' } }],
    ['pkg:deb/debian/x@1?distro=bookworm', { distro: { id: 'debian', versionId: null } }],
    ['pkg:npm/%40Scope/Name@1.0.0?a=b#c', { name: '@Scope/Name' }],
    // The library drops line ends and with them makes an escape whole that is none.
    ['pkg:npm/%\n40scope/name@1.0.0', { name: '@scope/name' }],
  ])('are read from others: %s', (text, expected) => {
    expect(parsePurl(text)).toMatchObject({ ok: true, value: expected })
  })

  it.each(['', 'nope', 'pkg:npm/x', 'pkg:npm/%zz@1', `pkg:npm/${'x'.repeat(5000)}@1`])('are refused: %#', text => {
    expect(parsePurl(text)).toMatchObject({ ok: false, error: { is: 'malformed-purl' } })
  })

  it('of other types are told apart from malformed ones', () => {
    expect(parsePurl('pkg:hackage/x@1')).toMatchObject({
      ok: false,
      error: { is: 'unsupported-purl-type', type: 'hackage' },
    })
  })

  it('are read back as they were written, and nothing makes the reader throw', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9+.~_-]{0,8}$/)
    const version = fc.stringMatching(/^[0-9][0-9A-Za-z.+~:%-]{0,8}$/)
    fc.assert(
      fc.property(
        fc.constantFrom('deb', 'npm'),
        part.map(name => name.toLowerCase()),
        version,
        (type, name, version) => {
          expect(parsePurl(purlOf({ ...base, type, name, version }, debian))).toMatchObject({
            ok: true,
            value: { name, version },
          })
        },
      ),
    )
    const hostile = fc.array(
      fc.constantFrom('pkg:', 'npm', 'deb', '/', '@', '%', '%40', '?', '#', 'a', '=', '&', '\ud800', '//'),
    )
    fc.assert(
      fc.property(hostile, parts => typeof parsePurl(parts.join('')).ok === 'boolean'),
      { numRuns: 2000 },
    )
  })
})
