import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atomOfRpmTest } from './oval-atoms.ts'
import type { OvalCriteria } from './oval-document.ts'
import { OvalStatements } from './oval-statements.ts'
import type { OvalField, OvalTest } from './oval-tables.ts'

function aTest(
  fields: readonly (readonly [name: string, operation: string, value: string])[],
  also: Partial<OvalTest> = {},
): OvalTest {
  const state = fields.map(([name, operation, value]): OvalField => ({ name, operation, value }))
  return {
    kind: 'rpminfo_test',
    check: 'at least one',
    existence: 'at_least_one_exists',
    object: [{ name: 'name', operation: 'equals', value: 'curl' }],
    states: [state],
    ...also,
  }
}

const EVERY = { is: 'builds', name: 'curl', from: null, end: null, arches: null }

describe('a test of an installed package', () => {
  it.each<[string, OvalTest, object]>([
    ['below a fix', aTest([['evr', 'less than', '0:8-2']]), { ...EVERY, end: { fixed: '0:8-2' } }],
    ['up to a build', aTest([['evr', 'less than or equal', '8-2']]), { ...EVERY, end: { lastAffected: '8-2' } }],
    ['from a build on', aTest([['evr', 'greater than or equal', '8-2']]), { ...EVERY, from: '8-2' }],
    ['above a build', aTest([['evr', 'greater than', '8-2']]), { ...EVERY, from: '8-2^' }],
    ['every version', aTest([['evr', 'greater than', '0:0-0']]), EVERY],
    ['installed', aTest([], { states: [] }), EVERY],
    [
      'of some architectures',
      aTest([
        ['arch', 'pattern match', '(aarch64|x86_64)'],
        ['evr', 'less than', '8-2'],
      ]),
      { ...EVERY, end: { fixed: '8-2' }, arches: ['aarch64', 'x86_64'] },
    ],
    ['not affected', aTest([['version', 'equals', '0']]), { is: 'never' }],
    ['signed', aTest([['signature_keyid', 'equals', '82562ea9ad986da3']]), { is: 'neutral' }],
    ['of a flavour', aTest([['release', 'pattern match', 'ksplice']]), { is: 'neutral' }],
    ['of a line', aTest([['version', 'pattern match', '^1\\.26\\.']]), { is: 'line', name: 'curl', prefix: '1.26' }],
    ['of a kernel', aTest([['version', 'pattern match', '5.15.0']]), { is: 'line', name: 'curl', prefix: '5.15.0' }],
  ])('means: %s', (_what, test, expected) => {
    expect(atomOfRpmTest(test)).toEqual(expected)
  })

  it.each<[string, OvalTest]>([
    ['test-of-another-kind', aTest([], { kind: 'uname_test' })],
    ['test-that-none-satisfy', aTest([], { check: 'none satisfy' })],
    ['test-of-absence', aTest([], { existence: 'none_exist' })],
    ['test-of-no-package', aTest([], { object: [{ name: 'name', operation: 'pattern match', value: '^curl.*' }] })],
    ['architecture-pattern', aTest([['arch', 'pattern match', 'x86.*']])],
    ['architecture-pattern', aTest([['arch', 'not equal', 'x86_64']])],
    ['version-operation', aTest([['evr', 'equals', '0:8-2']])],
    ['version-operation', aTest([['evr', 'less than', '8 2']])],
    ['version-operation', aTest([['version', 'equals', '8']])],
    ['version-pattern', aTest([['version', 'pattern match', '^(8|9)']])],
    [
      'several-versions',
      aTest([
        ['evr', 'less than', '8-2'],
        ['release', 'pattern match', 'el9'],
      ]),
    ],
  ])('is not understood: %s', (reason, test) => {
    expect(atomOfRpmTest(test)).toEqual({ is: 'unread', reason })
  })
})

describe('criteria', () => {
  const tests = new Map<string, OvalTest>([
    ['early', aTest([['evr', 'less than', '8-2']])],
    ['late', aTest([['evr', 'less than', '9-2']])],
    ['line', aTest([['version', 'pattern match', '^8']])],
    ['signed', aTest([['signature_keyid', 'equals', 'a']])],
    ['other', aTest([['evr', 'less than', '8-2']], { object: [{ name: 'name', operation: 'equals', value: 'bash' }] })],
    ['none', aTest([], { check: 'none satisfy' })],
  ])
  const statements = new OvalStatements({ testOf: key => tests.get(String(key)) ?? null }, () => null)
  const test = (name: string): OvalCriteria => ({ test: name, isNegated: false })
  const group = (operator: string, ...children: readonly OvalCriteria[]): OvalCriteria => {
    return { operator, isNegated: false, children }
  }
  const read = (criteria: OvalCriteria): { said: readonly string[]; unread: readonly string[] } => {
    const unread: string[] = []
    const said = statements
      .of(criteria, reason => unread.push(reason))
      .map(({ name, from, end }) => {
        return `${name} ${from ?? ''}..${end === null ? '' : 'fixed' in end ? end.fixed : end.lastAffected}`
      })
    return { said, unread }
  }

  it('hold builds of one line against fixes of that line, and of what is built with it', () => {
    const criteria = group('AND', test('line'), group('OR', test('early'), test('other'), test('late')))

    expect(read(criteria)).toEqual({ said: ['curl 8..8-2', 'bash 8..8-2'], unread: ['line-of-another-package'] })
  })

  it('say something only about packages that they could be true of', () => {
    const leaf = fc.constantFrom(...tests.keys(), 'missing').map(test)
    const { tree } = fc.letrec<{ tree: OvalCriteria }>(tie => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc
          .tuple(fc.constantFrom('AND', 'OR', 'XOR'), fc.boolean(), fc.array(tie('tree'), { maxLength: 4 }))
          .map(([operator, isNegated, children]): OvalCriteria => ({ operator, isNegated, children })),
      ),
    }))

    fc.assert(
      fc.property(tree, criteria => {
        // Whatever the tests say that are not about builds.
        for (const said of read(criteria).said) expect(mayHold(criteria, said.split(' ', 1)[0] ?? '')).toBe(true)
      }),
    )
  })

  /** Whether criteria can be true where one of the named package's tests is. */
  function mayHold(node: OvalCriteria, name: string): boolean {
    if (node.isNegated) return false
    if ('test' in node) {
      const about = tests.get(node.test.toString())
      return about !== undefined && about.check !== 'none satisfy' && about.object[0]?.value === name
    }
    if (node.operator === 'OR') return node.children.some(child => mayHold(child, name))
    return node.operator === 'AND' && node.children.some(child => mayHold(child, name))
  }
})
