import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { err, ok } from '../base/result.ts'
import type { Feed, FeedFiles } from './feed.ts'

/** Made up, in the shape of the published files: their terms do not let anybody pass them on. */
const SECDB = {
  apkurl: '{{urlprefix}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk',
  archs: ['x86_64'],
  packages: [
    { pkg: { name: 'left', secfixes: { '1.2.0-r1': ['CVE-2099-0001'], '0': ['CVE-2099-0002'] } } },
    {
      pkg: {
        name: 'right',
        secfixes: { '3-r0': ['CGA-aaaa-bbbb-cc11 CVE-2099-0001'], '4-r0': ['GHSA-aaaa-bbbb-cc22'] },
      },
    },
    { pkg: { name: 'bad', secfixes: 1 } },
  ],
}

/** What every feed of a distribution without releases must do. */
export function obeysTheRollingSecdb(
  feed: Feed,
  { path, namespace, prefix }: { readonly path: string; readonly namespace: string; readonly prefix: string },
): void {
  const [part = ''] = feed.parts
  const filesOf = (content: string | null): FeedFiles => ({
    base: 'memory',
    fetch(asked, { validator }) {
      if (asked !== path || content === null) return Promise.resolve(err({ is: 'not-found', what: asked }))
      if (validator === content) return Promise.resolve(ok('unchanged'))
      return Promise.resolve(ok({ bytes: Buffer.from(content), validator: content }))
    },
  })
  const load = async (content: string, validator: string | null = null) => {
    const loaded = await feed.load(filesOf(content), part, validator)
    if (!loaded.ok || loaded.value === 'unchanged') throw new Error('the database was not read')
    return loaded.value
  }

  describe(`the feed ${feed.id}`, () => {
    it('gathers fixes by flaw, in one namespace without a release', async () => {
      const { advisories, recordCount, skipped } = await load(JSON.stringify(SECDB))
      const entries = advisories.flatMap(({ id, upstream, aliases, affected }) =>
        affected.map(entry => `${id} (${[...upstream, ...aliases].join(' ')}): ${entry.namespace} ${entry.name}`),
      )

      expect(entries).toEqual([
        `${prefix}-CVE-2099-0001 (CVE-2099-0001 CGA-aaaa-bbbb-cc11): ${namespace} left`,
        `${prefix}-CVE-2099-0001 (CVE-2099-0001 CGA-aaaa-bbbb-cc11): ${namespace} right`,
        `GHSA-aaaa-bbbb-cc22 (): ${namespace} right`,
      ])
      expect(recordCount).toBe(4)
      expect(skipped).toEqual([
        { reason: 'malformed-package', count: 1, examples: ['bad'] },
        { reason: 'not-affected', count: 1, examples: ['left: CVE-2099-0002'] },
      ])
    })

    it('reads nothing again while the file is the same', async () => {
      const { validator } = await load(JSON.stringify(SECDB))

      expect(await feed.load(filesOf(JSON.stringify(SECDB)), part, validator)).toEqual(ok('unchanged'))
    })

    it('says what is wrong with the source', async () => {
      expect(await feed.load(filesOf('<html>'), part, null)).toMatchObject({ error: { is: 'malformed' } })
      expect(await feed.load(filesOf(null), part, null)).toMatchObject({ error: { is: 'not-found' } })
    })

    it('answers any JSON without throwing', async () => {
      await fc.assert(
        fc.asyncProperty(fc.json(), async content => {
          expect((await feed.load(filesOf(`{"packages":[{"pkg":${content}}]}`), part, null)).ok).toBe(true)
        }),
      )
    })
  })
}
