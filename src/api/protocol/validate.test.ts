import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseJsonObject } from './json-body.ts'
import { loadServiceModel } from './service-model.ts'
import type { Route, ServiceModel } from './service-model.ts'
import { validateInput } from './validate.ts'

let model: ServiceModel

beforeAll(async () => {
  model = await loadServiceModel()
})

function inputOf(operation: string) {
  const route = model.routes.find(route => route.name === operation)
  if (!route?.messages) throw new Error(`no such operation: ${operation}`)
  return route.messages.input
}

function fieldsOf(operation: string, input: object): unknown {
  const result = validateInput(inputOf(operation), { ...input })
  return result.ok ? [] : result.error.members['fields']
}

describe('validateInput', () => {
  it('reports a required member that is missing or null', () => {
    const missing = [{ name: 'resourceTypes', message: 'Member must not be null' }]

    expect(fieldsOf('Enable', {})).toEqual(missing)
    expect(fieldsOf('Enable', { resourceTypes: null })).toEqual(missing)
  })

  it('takes null for absent where a member is optional', () => {
    expect(validateInput(inputOf('ListFindings'), { nextToken: null, filterCriteria: null })).toEqual({
      ok: true,
      value: {},
    })
  })

  it('counts the elements of a list', () => {
    expect(fieldsOf('Enable', { resourceTypes: [] })).toEqual([
      { name: 'resourceTypes', message: 'Member must have length greater than or equal to 1' },
    ])
    expect(fieldsOf('Enable', { resourceTypes: ['EC2'], accountIds: Array.from({ length: 101 }, () => '1') })).toEqual([
      { name: 'accountIds', message: 'Member must have length less than or equal to 100' },
    ])
  })

  it('lists every rule of simple elements at the list', () => {
    expect(fieldsOf('BatchGetAccountStatus', { accountIds: ['123'] })).toEqual([
      {
        name: 'accountIds',
        message:
          'Member must satisfy constraint: [Member must have length less than or equal to 12, Member must have length greater than or equal to 12, ' +
          String.raw`Member must satisfy regular expression pattern: \d{12}]`,
      },
    ])
  })

  it('wants exactly one member of a union', () => {
    const request = (aggregationRequest: object) => ({ aggregationType: 'TITLE', aggregationRequest })
    const message = 'Member must have exactly one known member set'

    expect(fieldsOf('ListFindingAggregations', request({ titleAggregation: {} }))).toEqual([])
    for (const broken of [{}, { titleAggregation: {}, packageAggregation: {} }, { newerAggregation: {} }]) {
      expect(fieldsOf('ListFindingAggregations', request(broken))).toEqual([{ name: 'aggregationRequest', message }])
    }
  })

  it('tells whole numbers from others and times from text', () => {
    expect(fieldsOf('ListFindings', { maxResults: 1.5 })).toEqual([
      { name: 'maxResults', message: 'must be a whole number' },
    ])
    const filterCriteria = { updatedAt: [{ startInclusive: '2026-01-01' }] }
    expect(fieldsOf('ListFindings', { filterCriteria })).toMatchObject([
      { name: 'filterCriteria.updatedAt.1.member.startInclusive' },
    ])
  })

  it('ignores members that nobody knows and refuses those that only a newer model knows', () => {
    expect(fieldsOf('ListFindings', { surprise: 1, filterCriteria: { surprise: [] } })).toEqual([])
    expect(
      fieldsOf('ListFindings', { filterCriteria: { machineImageId: [{ comparison: 'EQUALS', value: 'x' }] } }),
    ).toEqual([{ name: 'filterCriteria.machineImageId', message: 'Member is not available in this version' }])
  })

  it('keeps map keys as data, whatever they are called', () => {
    const tags: object = JSON.parse('{"__proto__":"x","team":"a"}')
    const result = validateInput(inputOf('TagResource'), { resourceArn: 'arn', tags })

    const copy = result.ok ? (result.value['tags'] as object) : {}
    expect(Object.keys(copy).sort()).toEqual(['__proto__', 'team'])
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })

  it('stops at ten broken constraints', () => {
    const many = Array.from({ length: 20 }, () => ({ comparison: 'NO', value: '' }))

    expect(fieldsOf('ListFindings', { filterCriteria: { title: many } })).toHaveLength(10)
  })

  it('answers whatever JSON says, for every operation, and never throws', () => {
    const routes = model.routes.filter((route): route is Route & { messages: object } => route.messages !== null)
    const names = [
      ...new Set(
        routes.flatMap(({ messages: { input } }) =>
          input.isStructSchema() ? Object.keys(input.getMemberSchemas()) : [],
        ),
      ),
    ]
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }))
    fc.assert(
      fc.property(fc.constantFrom(...routes), fc.dictionary(fc.constantFrom(...names), value), (route, input) => {
        const result = validateInput(route.messages.input, input)

        expect(result.ok || result.error.name === 'ValidationException').toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('parseJsonObject', () => {
  it.each(['', ' \n ', '{}'])('takes %j for an object without members', text => {
    expect(parseJsonObject(Buffer.from(text))).toEqual({ ok: true, value: {} })
  })

  it('counts brackets outside strings only', () => {
    const text = JSON.stringify({ a: '['.repeat(100), b: `\\"${'{'.repeat(100)}` })

    expect(parseJsonObject(Buffer.from(text))).toEqual({ ok: true, value: JSON.parse(text) })
  })

  it('does not repeat the body in its error', () => {
    const result = parseJsonObject(Buffer.from('{"password":hunter2}'))

    expect(result.ok ? '' : result.error.message).toBe('The request body could not be read: it is not valid JSON.')
  })
})
