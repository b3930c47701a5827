import { describe, expect, it } from 'vitest'
import { anInventory, aPackage } from '../../test/support/builders.ts'
import { namespace } from '../domain/namespace.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import { matchInventory } from './match-inventory.ts'
import { subjectsOf } from './subject.ts'

describe('subjectsOf', () => {
  const rhel = { type: 'rpm', namespace: namespace('rhel:9'), manager: 'OS', arch: 'x86_64' } as const
  const npm = { type: 'npm', namespace: namespace('npm'), manager: 'NPM', arch: null } as const
  const inventory = anInventory({
    packages: [
      aPackage({ name: 'zlib1g', source: { name: 'zlib', version: '1.2' } }),
      aPackage({ name: 'zlib1g-dev', source: { name: 'zlib', version: '1.2' } }),
      aPackage({ name: 'openssl' }),
      aPackage({
        ...rhel,
        name: 'perl-Errno',
        version: '1.30-1.el9',
        source: { name: 'perl', version: '5.32.1-1.el9' },
      }),
      aPackage({ name: 'strange', namespace: null }),
      aPackage({ ...npm, name: 'left-pad', version: '1.0.0', filePath: 'srv/package-lock.json' }),
    ],
  })

  it('names what advisories speak about: source packages, each once, and nothing of an unknown system', () => {
    expect([...subjectsOf(inventory)].map(([where, names]) => [where, [...names]])).toEqual([
      ['debian:12', ['zlib', 'openssl']],
      // Red Hat names what was built, or what it was built from.
      ['rhel:9', ['perl-Errno', 'perl.src']],
      ['npm', ['left-pad']],
    ])
  })

  it('holds every name that a match asks the advisories for', () => {
    const asked = new Set<string>()
    matchInventory(
      inventory,
      {
        version: 'v1',
        covers: () => 'fully',
        entriesFor(where, name) {
          asked.add(`${where} ${name}`)
          return []
        },
        vulnerability: () => null,
        signalsOf: () => NO_SIGNALS,
        close: () => {},
      },
      { resourceKind: 'host' },
    )

    const subjects = [...subjectsOf(inventory)].flatMap(([where, names]) => [...names].map(name => `${where} ${name}`))
    expect(asked.size).toBe(5)
    expect(new Set(subjects)).toEqual(asked)
  })
})
