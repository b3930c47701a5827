import { describe, expect, it } from 'vitest'
import { moduleOfLabel, moduleOfPurl } from './rpm-modules.ts'

describe('the module of', () => {
  it.each([
    ['pkg:rpmmod/redhat/python36@3.6:8040020241213073301:9bf6f064', 'python36:3.6'],
    ['pkg:rpmmod/redhat/python36@3.6%3A8040020241213073301%3A9bf6f064?arch=x86_64', 'python36:3.6'],
    ['pkg:rpmmod/redhat/python36', null],
    ['pkg:rpm/redhat/python36@3.6', null],
    [null, null],
  ])('the purl %s is %s', (purl, module) => {
    expect(moduleOfPurl(purl)).toBe(module)
  })

  it('a label is its name and stream', () => {
    expect(moduleOfLabel('redis:6:8100020250113083959:489197e6')).toBe('redis:6')
    expect(moduleOfLabel('redis')).toBe('redis')
  })
})
