import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPointer } from '../../src/store/advisory-database/pointer.ts'
import { SMALL_ADVISORIES, writeNpmFeed } from '../support/small-feeds.ts'
import { runHowTo, type BlockOutput } from './how-to-runner.ts'

const checkout = join(import.meta.dirname, '../..')

/** Needs nothing but openssl and bash; the advisories are invented ones. */
describe('docs/how-to/air-gap.md', () => {
  const work = mkdtempSync(join(tmpdir(), 'openinspector-air-gap-'))
  const outside = join(work, 'outside')
  const inside = join(work, 'inside')
  let outputs: readonly BlockOutput[]

  beforeAll(async () => {
    const bin = join(work, 'bin')
    for (const folder of [bin, join(work, 'medium')]) mkdirSync(folder)
    const shim = join(bin, 'openinspector')
    writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(checkout, 'bin/openinspector.ts')}' "$@"\n`)
    chmodSync(shim, 0o755)
    const feeds = join(work, 'feeds')
    writeNpmFeed(feeds, SMALL_ADVISORIES)
    outputs = await runHowTo(join(checkout, 'docs/how-to/air-gap.md'), work, {
      ...process.env,
      PATH: [bin, process.env['PATH']].join(delimiter),
      OPENINSPECTOR_FEEDS: feeds,
      OUTSIDE: outside,
      INSIDE: inside,
      MEDIUM: join(work, 'medium'),
    })
  }, 120_000)

  afterAll(() => rmSync(work, { recursive: true, force: true }))

  function outputOf(part: string): string {
    return outputs.find(({ block }) => block.includes(part))?.stdout ?? `no block of the page has ${part}`
  }

  it('leaves the same advisories on both sides', () => {
    const [out, here] = [readPointer(join(outside, 'advisories')), readPointer(join(inside, 'advisories'))]

    expect(here.version).toMatch(/^[0-9a-f]{24}$/)
    expect(here).toEqual(out)
    expect(outputOf('advisories status')).toMatch(/Imported 20.*signed by the key [0-9a-f]{32}/)
  })

  it('answers inside what was fetched outside', () => {
    expect(outputOf('explain pkg:npm/alpha')).toContain('AFFECTED')
  })

  it('refuses what was damaged, and takes what the next key signed', () => {
    expect(outputOf('damaged.zst')).toContain('refused with 3')
    expect(outputOf('next.key.pem')).toContain('was in use already')
  })
})
