import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseVex } from './vex.ts'

const WONT_FIX =
  'This package (for the given release) is vulnerable to the CVE, the problem is understood, but the Ubuntu Security Team decided to not fix it. CVE Notes / justification: '

function aStatement(given: object = {}): object {
  return {
    vulnerability: { '@id': 'https://nvd.nist.gov/vuln/detail/CVE-2024-0402', name: 'CVE-2024-0402', description: 'd' },
    timestamp: '2024-01-26 01:15:00 UTC',
    products: [
      { '@id': 'pkg:deb/ubuntu/gitlab@8.5.8+dfsg-5?arch=source&distro=xenial' },
      { '@id': 'pkg:deb/ubuntu/gitlab@8.5.8+dfsg-5?arch=amd64' },
    ],
    status: 'affected',
    ...given,
  }
}

function read(document: unknown): { readonly skipped: string[]; readonly parsed: ReturnType<typeof parseVex> } {
  const skipped: string[] = []
  return { skipped, parsed: parseVex(JSON.stringify(document), reason => skipped.push(reason)) }
}

function dispositionOf(given: object): unknown {
  const { parsed } = read({ metadata: {}, statements: [aStatement(given)] })
  return parsed.ok ? parsed.value?.statements[0]?.disposition : parsed.error
}

describe('parseVex', () => {
  it.each([
    [{ status: 'affected', action_statement: WONT_FIX }, 'will-not-fix'],
    [{ status: 'affected', action_statement: `${WONT_FIX}end of standard support` }, 'end-of-life'],
    [{ status: 'affected', action_statement: `${WONT_FIX}end of life, was needed` }, 'end-of-life'],
    [
      { status: 'affected', action_statement: 'This package (for the given release) is no longer supported.' },
      'end-of-life',
    ],
    [
      { status: 'affected', action_statement: 'This package (for the given release) is vulnerable and needs fixing.' },
      'needed',
    ],
    [{ status: 'affected' }, 'needed'],
    [{ status: 'under_investigation', status_notes: 'Vulnerability assessment is pending.' }, 'needs-triage'],
    [
      { status: 'under_investigation', status_notes: 'The vulnerability is known but remediation is deferred.' },
      'deferred',
    ],
    [{ status: 'not_affected', justification: 'vulnerable_code_not_present' }, 'not-affected'],
    [{ status: 'not_affected', justification: 'component_not_present' }, 'not-present'],
    [{ status: 'fixed', status_notes: 'was vulnerable, but an update has been published' }, 'fixed'],
  ])('%j is %s', (given, expected) => {
    expect(dispositionOf(given)).toBe(expected)
  })

  it('looks at source packages alone, in both spellings', () => {
    const products = [
      { '@id': 'pkg:deb/ubuntu/gcc-4.4@4.4.7-8ubuntu1?arch=src?distro=ubuntu/trusty' },
      { '@id': 'pkg:deb/ubuntu/cpp-4.4@4.4.7-8ubuntu1?arch=amd64&distro=trusty' },
      { '@id': 'pkg:deb/ubuntu/libsigc%2B%2B-2.0@2.2?arch=source&distro=esm-apps/focal' },
      'pkg:deb/ubuntu/plain?arch=source&distro=jammy',
      { '@id': 'pkg:deb/ubuntu/bad%FF@1?arch=source&distro=jammy' },
      { '@id': 7 },
      null,
    ]
    const { parsed } = read({ statements: [aStatement({ products })] })

    expect(parsed.ok && parsed.value).toMatchObject({
      cve: 'CVE-2024-0402',
      description: 'd',
      statements: [
        { name: 'gcc-4.4', distro: 'ubuntu/trusty' },
        { name: 'libsigc++-2.0', distro: 'esm-apps/focal' },
        { name: 'plain', distro: 'jammy' },
      ],
    })
  })

  it('a document without statements says nothing', () => {
    expect(read({ metadata: {}, statements: [] }).parsed).toEqual({ ok: true, value: null })
  })

  it('bad statements cost themselves', () => {
    const { parsed, skipped } = read({
      statements: [
        7,
        aStatement({ status: 'guessed' }),
        aStatement({ vulnerability: { name: 'GHSA-x' } }),
        aStatement(),
      ],
    })

    expect(skipped).toEqual(['malformed-statement', 'unknown-status', 'statement-without-cve'])
    expect(parsed.ok && parsed.value?.statements).toHaveLength(1)
  })

  it('a document speaks about one CVE', () => {
    const other = aStatement({ vulnerability: { name: 'CVE-2024-9999' } })

    expect(read({ statements: [aStatement(), other] }).skipped).toEqual(['statement-about-another-cve'])
  })

  it.each([
    ['no list', { statements: {} }, 'wrong-type'],
    ['nothing', {}, 'missing-field'],
    ['a list', [], 'not-an-object'],
    ['too many', { statements: Array.from({ length: 20_001 }, () => 1) }, 'limit-exceeded'],
  ])('refuses %s', (_what, document, reason) => {
    expect(read(document).parsed).toEqual({ ok: false, error: reason })
  })

  it('never throws, whatever the text says', () => {
    const statement = fc.record({
      vulnerability: fc.oneof(fc.jsonValue(), fc.constant({ name: 'CVE-2024-0402' })),
      products: fc.array(fc.oneof(fc.jsonValue(), fc.record({ '@id': fc.string() }))),
      status: fc.oneof(fc.jsonValue(), fc.constantFrom('affected', 'fixed')),
      action_statement: fc.jsonValue(),
    })
    const texts = fc.oneof(
      fc.string(),
      fc.array(statement).map(statements => JSON.stringify({ statements })),
    )

    const isAnswered = (text: string) => typeof parseVex(text, () => undefined).ok === 'boolean'

    expect(fc.check(fc.property(texts, isAnswered)).failed).toBe(false)
  })
})
