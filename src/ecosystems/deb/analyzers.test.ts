import { describe, expect, it } from 'vitest'
import type { Analyzer, FileAnalysis } from '../ecosystem.ts'
import { distrolessFileList, dpkgFileList } from './file-lists.ts'
import { osRelease } from './os-release.ts'
import { dpkgStatus, dpkgStatusDirectory } from './status-file.ts'

function read(analyzer: Analyzer, path: string, text: string): FileAnalysis {
  expect(analyzer.wants(path)).toBe(true)
  const analysis = analyzer.analyze({ path, bytes: new TextEncoder().encode(text) })
  if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
  return analysis.value
}

const status = (text: string): FileAnalysis => read(dpkgStatus, 'var/lib/dpkg/status', text)
const stanza = (fields: string): FileAnalysis => status(`Package: foo\nStatus: install ok installed\n${fields}\n\n`)

describe('the dpkg database', () => {
  it('lists what is installed, with the source where it differs', () => {
    const { packages, problems } = status(
      [
        'Package: libssl1.1',
        'Status: install ok installed',
        'Priority: optional',
        'Architecture: amd64',
        'Multi-Arch: same',
        'Source: openssl',
        'Version: 1.1.1n-0+deb11u4',
        'Description: x',
        ' Package: not-a-field',
        ' .',
        '\tVersion: 9',
        'Conffiles:',
        ' /etc/x 0123',
        '',
        'Package: curl',
        'Status: hold ok installed',
        'Architecture: amd64',
        'Version: 7.74.0-1.3+deb11u7',
      ].join('\n'),
    )

    expect(problems).toEqual([])
    expect(packages).toEqual([
      {
        type: 'deb',
        name: 'libssl1.1',
        version: '1.1.1n-0+deb11u4',
        arch: 'amd64',
        source: { name: 'openssl', version: '1.1.1n-0+deb11u4' },
        manager: 'OS',
      },
      { type: 'deb', name: 'curl', version: '7.74.0-1.3+deb11u7', arch: 'amd64', source: null, manager: 'OS' },
    ])
  })

  it.each([
    ['Version: 1.0-1', null],
    ['Version: 1.0-1+b2', { name: 'foo', version: '1.0-1' }],
    ['Version: 1.0-1+b2\nSource: bar (1.0-1)', { name: 'bar', version: '1.0-1' }],
    ['Version: 4:12.2.0-3\nSource: gcc-defaults (1.203)', { name: 'gcc-defaults', version: '1.203' }],
    ['Version: 1.0-1+b2\nSource: bar', { name: 'bar', version: '1.0-1' }],
    ['Version: 1.0-1+build2', null],
    ['Version: 1.0\nSource: foo', null],
    ['SOURCE: bar(2:3)\nversion:1.0', { name: 'bar', version: '2:3' }],
  ])('finds the source of %j', (fields, source) => {
    expect(stanza(fields).packages.map(found => found.source)).toEqual([source])
  })

  it.each([
    ['deinstall ok config-files', [], []],
    ['purge ok not-installed', [], []],
    ['install ok unpacked', [], ['package-not-fully-installed']],
    ['install ok triggers-pending', [], ['package-not-fully-installed']],
    ['install installed', [], ['malformed-package-database']],
    ['install reinstreq installed', ['foo'], []],
  ])('takes the third word of the status: %s', (text, names, reasons) => {
    const { packages, problems } = status(`Package: foo\nStatus: ${text}\nVersion: 1\n`)

    expect(packages.map(found => found.name)).toEqual(names)
    expect(problems.map(problem => problem.reason)).toEqual(reasons)
  })

  it.each([
    ['Version: 1\nVersion: 2', 'twice'],
    ['garbage', 'no field'],
    [': 1\nVersion: 1', 'no field'],
    ['Version: 1 2', 'Version'],
    ['Description: no version', 'Version'],
    ['Version: 1\nSource: a b', 'Source'],
    ['Version: 1\nSource: (1)', 'Source'],
    ['Version: 1\nArchitecture: ../x', 'Architecture'],
    [`Version: ${'1'.repeat(2000)}`, 'Version'],
  ])('costs one package when its entry is malformed (%j), and says so', (fields, detail) => {
    const { packages, problems } = status(
      `Package: foo\nStatus: install ok installed\n${fields}\n\nPackage: bar\nStatus: install ok installed\nVersion: 1\n`,
    )

    expect(packages.map(found => found.name)).toEqual(['bar'])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ path: 'var/lib/dpkg/status', reason: 'malformed-package-database' })
    expect(problems[0]?.detail).toContain(detail)
  })

  it('reads an entry without Status as installed, with a problem', () => {
    const { packages, problems } = status('Package: foo\nVersion: 1\n')

    expect(packages).toHaveLength(1)
    expect(problems.map(problem => problem.reason)).toEqual(['malformed-package-database'])
  })

  it('bounds the problems of a hostile file', () => {
    const { problems } = status('x\n\n'.repeat(5000))

    expect(problems).toHaveLength(101)
    expect(problems.at(-1)).toMatchObject({ reason: 'limit-exceeded', detail: expect.stringContaining('4900') })
  })

  it('reads a megabyte of lines without any field in time', () => {
    const start = performance.now()

    expect(status('211\n'.repeat(250_000)).problems).toHaveLength(1)

    // Looking for a colon beyond the line took minutes.
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it('does not let a name reach a terminal unharmed', () => {
    const { problems } = status('Package: \u001b[2Jfoo\nStatus: install ok installed\nVersion: 1\n')

    expect(problems[0]?.detail).toMatch(/^[ -~…]*$/)
  })

  it('reads carriage returns, and no file at all', () => {
    expect(status('Package: foo\r\nStatus: install ok installed\r\nVersion: 1\r\n\r\n').packages).toHaveLength(1)
    expect(status('')).toEqual({ packages: [], distro: null, owned: null, problems: [] })
  })
})

describe('the package files of distroless images', () => {
  it('need no Status', () => {
    const { packages, problems } = read(
      dpkgStatusDirectory,
      'var/lib/dpkg/status.d/libc6',
      'Package: libc6\nSource: glibc\nVersion: 2.31-13+deb11u5\nArchitecture: amd64\n',
    )

    expect(problems).toEqual([])
    expect(packages).toMatchObject([{ name: 'libc6', source: { name: 'glibc', version: '2.31-13+deb11u5' } }])
  })

  it.each(['var/lib/dpkg/status.d/libc6.md5sums', 'var/lib/dpkg/status.d/a/b', 'x/var/lib/dpkg/status.d/a'])(
    'are not %s',
    path => {
      expect(dpkgStatusDirectory.wants(path)).toBe(false)
    },
  )
})

describe('lists of owned files', () => {
  it('keep the paths by which a language package is found, where /usr is merged too', () => {
    const { owned } = read(
      dpkgFileList,
      'var/lib/dpkg/info/node-semver:amd64.list',
      '/.\n/usr\n/usr/share/nodejs/semver/package.json\n/usr/share/doc/package.json.gz\n/lib/a/package.json\n/x.json\n',
    )

    expect(owned).toEqual([
      {
        owner: 'node-semver',
        paths: ['usr/share/nodejs/semver/package.json', 'lib/a/package.json', 'usr/lib/a/package.json'],
      },
    ])
  })

  it('keep what any language is found by, to the last line', () => {
    const paths = [
      'usr/lib/python3/dist-packages/urllib3-1.26.5.dist-info/METADATA',
      'usr/lib/python3/dist-packages/wsgiref.egg-info',
      'usr/share/rubygems-integration/all/specifications/rake-13.0.6.gemspec',
      'usr/share/maven-repo/org/yaml/snakeyaml/1.33/pom.properties',
      'usr/share/gocode/src/example.com/a/go.mod',
    ]

    const { owned } = read(dpkgFileList, 'var/lib/dpkg/info/a.list', paths.map(path => `/${path}`).join('\r\n'))

    expect(owned).toEqual([{ owner: 'a', paths }])
  })

  it('keep programs, libraries and archives, but no directories and no other files', () => {
    const { owned } = read(
      dpkgFileList,
      'var/lib/dpkg/info/a.list',
      '/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/bin/tool3.11\n/usr/lib\n/usr/lib/cni\n/usr/lib/cni/bridge\n/usr/lib/a.so.1.2\n/usr/lib/a.conf\n/usr/share/java/a.jar\n/usr/share/doc/a/copyright\n/etc/passwd\n',
    )

    expect(owned).toEqual([
      {
        owner: 'a',
        paths: ['usr/bin/tool', 'usr/bin/tool3.11', 'usr/lib/cni/bridge', 'usr/lib/a.so.1.2', 'usr/share/java/a.jar'],
      },
    ])
  })

  it('are nothing for a package without such files', () => {
    expect(read(dpkgFileList, 'var/lib/dpkg/info/a.list', '/.\n/usr/share/doc/a/copyright\n').owned).toBeNull()
  })

  it('are md5sums in distroless images', () => {
    const { owned } = read(
      distrolessFileList,
      'var/lib/dpkg/status.d/nodejs.md5sums',
      `${'0'.repeat(32)}  usr/lib/node_modules/npm/package.json\n${'1'.repeat(32)}  usr/share/doc/nodejs/copyright\n`,
    )

    expect(owned).toEqual([{ owner: 'nodejs', paths: ['usr/lib/node_modules/npm/package.json'] }])
  })
})

describe('os-release', () => {
  const distro = (text: string): FileAnalysis['distro'] => read(osRelease, 'etc/os-release', text).distro

  it('names the distribution', () => {
    expect(
      distro(
        'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nNAME="Debian GNU/Linux"\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\nID=debian\n',
      ),
    ).toEqual({ id: 'debian', versionId: '11', codename: 'bullseye', prettyName: 'Debian GNU/Linux 11 (bullseye)' })
  })

  it.each([
    [`ID='ubuntu'\nVERSION_ID='22.04'`, 'ubuntu', '22.04'],
    [`# ID=no\n\n  ID=debian  \n`, 'debian', null],
    ['ID=a\nID=b', 'b', null],
    ['ID=debian\nVERSION_ID=""', 'debian', null],
    ['ID="de\\"bian"\nID=debian', 'debian', null],
  ])('follows the quoting of a shell: %j', (text, id, versionId) => {
    expect(distro(text)).toMatchObject({ id, versionId })
  })

  it.each(['', 'NAME=x', 'ID=$(reboot)', 'ID="a b', 'ID=a b', "ID='a'b", 'ID=../x'])('finds none in %j', text => {
    const analysis = read(osRelease, 'usr/lib/os-release', text)

    expect(analysis.distro).toBeNull()
    expect(analysis.problems.at(-1)).toMatchObject({ reason: 'malformed-os-release' })
  })
})
