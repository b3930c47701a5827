import { describe, expect, it } from 'vitest'
import { githubactions } from './ecosystem.ts'
import { workflow } from './workflow.ts'

function usesOf(text: string): string[] {
  const bytes = new TextEncoder().encode(text)
  const analysis = workflow.analyze({ path: '.github/workflows/ci.yml', bytes })
  if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
  return [
    ...analysis.value.packages.map(found => `${found.name}@${found.version}`),
    ...analysis.value.problems.map(problem => problem.reason),
  ]
}

// In the form of github.com/BurntSushi/ripgrep's own (ci.yml), with every kind of reference.
const CI = `name: ci
on: [push]
jobs:
  test:
    runs-on: \${{ matrix.os }}
    steps:
    - name: Checkout repository
      uses: actions/checkout@v4
    - uses: dtolnay/rust-toolchain@master # moves
    - name: Install packages
      if: matrix.os == 'ubuntu-latest'
      run: |
        echo "text"
        - uses: not/an-action@v1.0.0

          uses: neither/one@v1.0.0
    - uses: "actions/runner@v2.296.1"
      with: { uses: x }
    - { name: flow, uses: 'tj-actions/changed-files@45.0.7' }
    - uses: github/codeql-action/analyze@b4ffde65f46336ab88eb53be808477a3936bae11 # v3.1.0
    - uses: ./.github/actions/own
    - uses: docker://alpine:3.8
    - uses: \${{ matrix.action }}
    # - uses: commented/out@v1.0.0
  call:
    uses: octo-org/flows/.github/workflows/build.yml@v1.2.3
`

describe('workflows', () => {
  it('use actions and workflows of other repositories at a reference', () => {
    expect(usesOf(CI)).toEqual([
      'actions/checkout@v4',
      'dtolnay/rust-toolchain@master',
      'actions/runner@v2.296.1',
      'tj-actions/changed-files@45.0.7',
      'github/codeql-action@b4ffde65f46336ab88eb53be808477a3936bae11',
      'octo-org/flows@v1.2.3',
    ])
  })

  it('are a problem where a reference is missing or cannot be a repository', () => {
    expect(usesOf('steps:\n- uses: actions/checkout\n- uses: ../x@v1\n- uses: owner@v1\r\n')).toEqual([
      'package-without-version',
      'malformed-lockfile',
      'malformed-lockfile',
    ])
  })

  it.each([
    ['.github/workflows/ci.yml', true],
    ['src/.github/workflows/ci.yaml', true],
    ['.github/workflows/sub/ci.yml', false],
    ['.github/dependabot.yml', false],
    ['x.github/workflows/ci.yml', false],
  ])('%s: %s', (path, expected) => {
    expect(workflow.wants(path)).toBe(expected)
  })

  it('are read in time, whatever they say', () => {
    const lines = ['{' + ', '.repeat(4000), ':'.repeat(8000), `uses:${' '.repeat(8000)}`, '- '.repeat(4000)]
    const start = performance.now()

    usesOf(Array.from({ length: 30 }, () => lines.join('\n')).join('\n'))

    expect(performance.now() - start).toBeLessThan(1000)
  })
})

describe('what advisories say about an action', () => {
  const subject = (version: string): boolean => {
    const pkg = { type: 'githubactions', namespace: null, name: 'a/b', version, arch: null, source: null } as const
    return githubactions.scheme.parse(githubactions.advisorySubject(pkg).version).ok
  }

  it.each([
    ['v2.296.1', true],
    ['2.296.1', true],
    ['v1.0.0-beta.1', true],
    ['v4', false],
    ['v4.1', false],
    ['main', false],
    ['b4ffde65f46336ab88eb53be808477a3936bae11', false],
    ['1234567890123456789012345678901234567890', false],
  ])('can be told of %s: %s', (version, expected) => {
    expect(subject(version)).toBe(expected)
  })

  it('goes by its repository without regard to case', () => {
    expect(githubactions.canonicalName('Actions/Runner')).toBe('actions/runner')
    expect(githubactions.namespaceOfOsv('GitHub Actions')).toBe('githubactions')
  })
})
