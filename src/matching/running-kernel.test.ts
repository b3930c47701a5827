import { describe, expect, it } from 'vitest'
import { anInventory, aPackage } from '../../test/support/builders.ts'
import { vulnerabilityId } from '../domain/ids.ts'
import type { InstalledPackage } from '../domain/inventory.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import { dpkgScheme } from '../ecosystems/deb/version.ts'
import { detectionsOf } from '../findings/detections.ts'
import type { AdvisoryIndex } from './advisory-index.ts'
import { matchInventory } from './match-inventory.ts'

const FLAWS = { 'CVE-2024-0001': '6.1.90-1', 'CVE-2024-0002': '6.1.99-1' }

/** Two flaws of the kernel of Debian 12, and one of openssl. */
const index: AdvisoryIndex = {
  version: 'v1',
  covers: () => 'fully',
  entriesFor: (where, name) =>
    name !== 'linux'
      ? []
      : Object.entries(FLAWS).map(([id, fix]) => {
          const fixed = dpkgScheme.parse(fix)
          if (!fixed.ok) throw new Error(fix)
          const range = { scheme: 'dpkg', introduced: 'beginning', end: { fixed: fixed.value } } as const
          return {
            advisoryId: `DSA ${id}`,
            feed: 'osv',
            vulnerabilityIds: [vulnerabilityId(id)],
            affected: { namespace: where, name, ranges: [range], versions: [] },
          }
        }),
  vulnerability: () => null,
  signalsOf: () => NO_SIGNALS,
  close: () => {},
}

function kernel(release: string, version: string): InstalledPackage {
  return aPackage({
    name: `linux-image-${release}`,
    version,
    source: { name: 'linux-signed-amd64', version: version.replace('-', '+') },
  })
}

const OLD = kernel('6.1.0-20-amd64', '6.1.85-1')
const NEW = kernel('6.1.0-21-amd64', '6.1.90-1')
const HEADERS = aPackage({
  name: 'linux-libc-dev',
  version: '6.1.85-1',
  source: { name: 'linux', version: '6.1.85-1' },
})
const OLD_OTHER = kernel('6.1.0-18-amd64', '6.1.76-1')

function report(
  runningKernel: string | undefined,
  packages: readonly InstalledPackage[],
  kind: 'host' | 'image' = 'host',
) {
  const inventory = anInventory({ packages, ...(runningKernel === undefined ? {} : { runningKernel }) })
  const { matches, notExposed } = matchInventory(inventory, index, { resourceKind: kind })
  return {
    matches: matches.map(match => [match.package.name, match.vulnerabilityId, match.rebootInto ?? null]),
    idle: notExposed.filter(({ reason }) => reason === 'kernel-not-running').map(({ package: pkg }) => pkg.name),
    all: matches,
  }
}

describe('on a host that tells which kernel runs', () => {
  it('others, and the files of none, are no exposure', () => {
    const { matches, idle } = report('6.1.0-21-amd64', [OLD_OTHER, OLD, NEW, HEADERS])

    expect(matches).toEqual([[NEW.name, 'CVE-2024-0002', null]])
    expect(idle).toEqual([OLD_OTHER.name, OLD.name, HEADERS.name])
  })

  it('a fix that is installed and does not run leaves the finding, which says to restart', () => {
    const { matches, all } = report('6.1.0-20-amd64', [OLD_OTHER, OLD, NEW])

    expect(matches).toEqual([
      [OLD.name, 'CVE-2024-0001', '6.1.0-21-amd64'],
      [OLD.name, 'CVE-2024-0002', null],
    ])
    expect(detectionsOf(all, () => null).map(({ recommendation }) => recommendation)).toEqual([
      'The kernel 6.1.0-21-amd64 has the fix and is installed, but does not run: restart the machine.',
      undefined,
    ])
  })

  it('variants that share a version count together', () => {
    expect(report('6.1.0-20-amd64+rt', [OLD]).matches).toHaveLength(2)
  })
})

describe('where it is not known which kernel runs', () => {
  it.each([
    ['it is not told', undefined, 'host'],
    ['no package has it, as in a container', '5.15.167.4-host', 'host'],
    ['it is an image', '6.1.0-21-amd64', 'image'],
  ] as const)('every installed one counts: %s', (_what, release, kind) => {
    const { matches, idle } = report(release, [OLD, NEW], kind)

    expect(matches).toHaveLength(3)
    expect(idle).toEqual([])
  })
})
