import { describe, expect, it } from 'vitest'
import { vulnerabilityId } from '../domain/ids.ts'
import type { Package } from '../domain/inventory.ts'
import { namespace } from '../domain/namespace.ts'
import type { PurlType } from '../domain/namespace.ts'
import { NO_SIGNALS } from '../domain/signal.ts'
import { ecosystemOf } from '../ecosystems/index.ts'
import type { AdvisoryEntry, AdvisoryIndex } from './advisory-index.ts'
import { judgeSubject } from './judge-subject.ts'

const FIRST = 'CVE-2021-23337'
const SECOND = 'CVE-2026-4800'

interface Said {
  readonly id: string
  readonly about: readonly string[]
  readonly fixed: string
  readonly operatingSystems?: readonly string[]
}

/** The vulnerabilities that a version is judged to have. */
function found(type: PurlType, version: string, said: readonly Said[]): readonly string[] {
  const ecosystem = ecosystemOf(type)
  const where = namespace(type === 'rpm' ? 'almalinux:9' : type)
  const entries = said.map(({ id, about, fixed, operatingSystems }): AdvisoryEntry => {
    const end = ecosystem.scheme.parse(fixed)
    if (!end.ok) throw new Error(fixed)
    const range = { scheme: ecosystem.scheme.id, introduced: 'beginning', end: { fixed: end.value } } as const
    const plain = { namespace: where, name: 'a', ranges: [range], versions: [] }
    const affected = operatingSystems === undefined ? plain : { ...plain, operatingSystems }
    return { advisoryId: id, feed: 'osv', vulnerabilityIds: about.map(vulnerabilityId), affected }
  })
  const index: AdvisoryIndex = {
    version: 'test',
    covers: () => 'fully',
    entriesFor: () => entries,
    vulnerability: () => null,
    signalsOf: () => NO_SIGNALS,
    close() {},
  }
  const pkg: Package = { type, namespace: where, name: 'a', version, arch: null, source: null }
  return judgeSubject(where, [{ name: 'a', version }], ecosystem, index, pkg).affected.map(one => one.vulnerabilityId)
}

describe('an advisory that names several vulnerabilities as one', () => {
  const own = { id: 'NSWG-ECO-1', about: [FIRST], fixed: '4.17.21' }
  const mixed = { id: 'GHSA-r5fr-rjxr-66jc', about: [FIRST, SECOND], fixed: '4.18.0' }

  it('does not decide where another is about one of them alone', () => {
    expect(found('npm', '4.17.21', [own, mixed])).toEqual([SECOND])
    expect(found('npm', '4.17.20', [own, mixed])).toEqual([FIRST, SECOND])
  })

  it('decides where there is no other', () => {
    expect(found('npm', '4.17.21', [mixed])).toEqual([FIRST, SECOND])
  })

  it('is no claim where it is a notice of what one update fixes', () => {
    const first = { id: 'ALSA-2021:1', about: [FIRST], fixed: '1-1' }
    const later = { id: 'ALSA-2022:2', about: [FIRST, SECOND], fixed: '1-2' }

    expect(found('rpm', '1-1', [first, later])).toEqual([FIRST, SECOND])
  })
})

describe("retire.js's word on an npm package", () => {
  it('counts after every other source', () => {
    const retire = { id: 'RETIREJS-a-1', about: [FIRST], fixed: '9.0.0' }

    expect(found('npm', '4.17.21', [retire, { id: 'NSWG-ECO-1', about: [FIRST], fixed: '4.17.21' }])).toEqual([])
    expect(found('npm', '4.17.21', [retire])).toEqual([FIRST])
  })
})

describe('an advisory about other systems than Linux', () => {
  const windows = { id: 'RUSTSEC-2021-0071', about: [FIRST], fixed: '9.0.0', operatingSystems: ['windows'] }

  it('says that the package is not affected, and sources below it are not asked', () => {
    expect(found('cargo', '1.0.0', [windows])).toEqual([])
    expect(found('cargo', '1.0.0', [windows, { id: 'GHSA-1', about: [FIRST], fixed: '9.0.0' }])).toEqual([])
    expect(found('cargo', 'no version', [windows])).toEqual([])
  })

  it('does not hide another entry of the same source, or another flaw', () => {
    const everywhere = { id: 'RUSTSEC-2021-0072', about: [FIRST], fixed: '2.0.0' }

    expect(found('cargo', '1.0.0', [windows, everywhere])).toEqual([FIRST])
    expect(found('cargo', '1.0.0', [windows, { ...everywhere, about: [SECOND] }])).toEqual([SECOND])
  })
})
