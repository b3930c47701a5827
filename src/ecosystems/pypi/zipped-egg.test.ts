import { describe, expect, it } from 'vitest'
import { zipOf } from '../../../test/support/zip-of.ts'
import { contentAnalysisOf, packagesIn } from '../content-analyzer.suite.ts'
import { zippedEgg } from './zipped-egg.ts'

const PATH = 'usr/lib/python2.7/site-packages/Jinja2-2.7-py2.7.egg'
const reading = (bytes: Uint8Array) => packagesIn(contentAnalysisOf(zippedEgg, bytes, PATH))
const metadata = {
  name: 'EGG-INFO/PKG-INFO',
  content: 'Metadata-Version: 1.1\nName: Jinja2\nVersion: 2.7\n\nVersion: 9\n',
}
const egg = (...files: readonly { name: string; content: string }[]) =>
  zipOf([{ name: 'jinja2/__init__.py', content: 'Name: other\n' }, ...files])

describe('a zipped egg', () => {
  it('is what its metadata says', () => {
    expect(reading(egg(metadata, { name: 'EGG-INFO/requires.txt', content: 'markupsafe' }))).toEqual(['Jinja2 2.7'])
  })

  it.each([
    ['without metadata', egg(), 'malformed-package-manifest'],
    ['with metadata of nothing', egg({ ...metadata, content: 'x' }), 'malformed-package-manifest'],
    ['with metadata without a version', egg({ ...metadata, content: 'Name: a\n\n' }), 'package-without-version'],
    ['that is cut off', egg(metadata).subarray(0, 60), 'malformed-archive'],
  ])('%s is a problem', (_what, bytes, reason) => {
    expect(reading(bytes)).toBe(reason)
  })

  it('is none when it is a directory, or no zip', () => {
    expect(zippedEgg.wants(`${PATH}/EGG-INFO/PKG-INFO`)).toBe(false)
    expect(reading(new TextEncoder().encode('#!/bin/sh\n'))).toBeNull()
  })
})
