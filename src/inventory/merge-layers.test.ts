import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { fakeEcosystems } from '../../test/support/fake-ecosystems.ts'
import { sha256 } from '../../test/support/image-builder.ts'
import { buildTar } from '../../test/support/tar-builder.ts'
import type { TarPart } from '../../test/support/tar-builder.ts'
import { analyzerSet } from './analyzer-set.ts'
import { LayerCollector } from './layer-collector.ts'
import type { LayerRecord } from './layer-cache.ts'
import { DEFAULT_IMAGE_LIMITS } from './limits.ts'
import { mergeLayers } from './merge-layers.ts'
import { TarReader } from '../base/tar-reader.ts'
import { tarFault, tarLimitsOf } from './tar-fault.ts'

const analyzers = analyzerSet(fakeEcosystems)

function recordOf(parts: readonly TarPart[], pieceBytes = 1 << 20): LayerRecord {
  const tar = buildTar(parts)
  const collector = new LayerCollector(analyzers, DEFAULT_IMAGE_LIMITS, 'layer')
  const reader = new TarReader(collector, tarLimitsOf(DEFAULT_IMAGE_LIMITS), tarFault('layer'))
  for (let at = 0; at < tar.length; at += pieceBytes) reader.push(tar.subarray(at, at + pieceBytes))
  reader.end()
  return collector.record(sha256(tar), analyzers.revision)
}

function merge(layers: readonly (readonly TarPart[])[]) {
  return mergeLayers(
    layers.map((parts, at) => ({
      record: recordOf(parts),
      ref: { diffId: sha256(Buffer.from(`diff ${at}`)), digest: sha256(Buffer.from(`blob ${at}`)) },
    })),
    analyzers,
  )
}

function visible(layers: readonly (readonly TarPart[])[]): Record<string, string> {
  return Object.fromEntries(
    merge(layers).files.flatMap(({ path, analysis }) => analysis.packages.map(({ version }) => [path, version])),
  )
}

/** What a container would see: layers applied one after the other to a map of paths. */
function applyNaively(layers: readonly (readonly TarPart[])[]): Record<string, string> {
  const seen = new Map<string, { version: string | null; isDirectory: boolean }>()
  const removeBelow = (path: string): void => {
    for (const known of seen.keys()) if (path === '' || known.startsWith(`${path}/`)) seen.delete(known)
  }
  for (const layer of layers) {
    for (const { path } of layer) {
      const name = path.split('/').pop()!
      const directory = path.slice(0, -name.length - 1)
      if (name === '.wh..wh..opq') removeBelow(directory)
      else if (name.startsWith('.wh.')) {
        const hidden = `${directory === '' ? '' : `${directory}/`}${name.slice(4)}`
        seen.delete(hidden)
        removeBelow(hidden)
      }
    }
    for (const { path, type, content } of layer) {
      if (path.split('/').pop()!.startsWith('.wh.')) continue
      const parts = path.split('/')
      for (let depth = 1; depth < parts.length; depth += 1) {
        const parent = parts.slice(0, depth).join('/')
        if (seen.get(parent)?.isDirectory !== true) seen.set(parent, { version: null, isDirectory: true })
      }
      if (type === '5') {
        if (seen.get(path)?.isDirectory !== true) seen.set(path, { version: null, isDirectory: true })
        continue
      }
      removeBelow(path)
      const version = path.endsWith('package.json') && type === '0' ? String(content).split(' ')[1]! : null
      seen.set(path, { version, isDirectory: false })
    }
  }
  const found = [...seen].filter(([, { version }]) => version !== null)
  return Object.fromEntries(found.map(([path, { version }]) => [path, version!]))
}

/** Layers over few names, so that they collide; no path of one layer lies below a file of the same layer. */
const someLayers = fc.array(
  fc
    .uniqueArray(
      fc.record({
        directories: fc.array(fc.constantFrom('a', 'b', 'package.json'), { maxLength: 3 }),
        name: fc.constantFrom('a', 'b', 'package.json', '.wh.a', '.wh.b', '.wh.package.json', '.wh..wh..opq'),
        type: fc.constantFrom('0', '2', '5'),
        version: fc.nat(99),
      }),
      { maxLength: 6, selector: part => [...part.directories, part.name].join('/') },
    )
    .map(parts =>
      parts.map(({ directories, name, type, version }): TarPart => {
        const path = [...directories, name].join('/')
        return name.startsWith('.wh.') || type === '0' ? { path, type: '0', content: `p ${version}` } : { path, type }
      }),
    )
    .map(parts => {
      const files = parts.filter(({ type, path }) => type !== '5' && !path.includes('.wh.'))
      return parts.filter(({ path }) => !files.some(file => path.startsWith(`${file.path}/`)))
    }),
  { maxLength: 5 },
)

describe('mergeLayers', () => {
  it('sees what applying the layers one by one would leave', () => {
    fc.assert(
      fc.property(someLayers, layers => {
        expect(visible(layers)).toEqual(applyNaively(layers))
      }),
      { numRuns: 2000 },
    )
  })

  it('gives the same record however the archive is cut', () => {
    const layer: TarPart[] = [
      { path: `${'long/'.repeat(40)}package.json`, content: 'a 1' },
      { path: 'cut', content: 'b 2', pax: { path: 'pax/package.json' } },
      { path: 'var/lib/dpkg/status', content: 'bash 1\n'.repeat(300) },
      { path: 'l', type: '2', linkTarget: 'x' },
    ]
    const whole = recordOf(layer)

    expect(whole.files.map(({ path }) => path)).toEqual([
      `${'long/'.repeat(40)}package.json`,
      'pax/package.json',
      'var/lib/dpkg/status',
    ])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), pieceBytes => {
        expect(recordOf(layer, pieceBytes)).toEqual(whole)
      }),
      { numRuns: 100 },
    )
  })

  it('lets a whiteout and an opaque directory act on lower layers only, wherever they stand', () => {
    const lower = [
      { path: 'a/package.json', content: 'a 1' },
      { path: 'b/package.json', content: 'b 1' },
      { path: 'c/package.json', content: 'c 1' },
    ]
    const upper = [
      { path: 'a/x/package.json', content: 'a 2' },
      { path: 'a/.wh..wh..opq' },
      { path: 'b/.wh.package.json' },
      { path: '.wh..wh.plnk/package.json' },
    ]

    expect(visible([lower, upper])).toEqual({ 'a/x/package.json': '2', 'c/package.json': '1' })
  })

  it('ignores a whiteout that names the parent directory', () => {
    expect(visible([[{ path: 'a/package.json', content: 'a 1' }], [{ path: 'a/.wh...' }]])).toEqual({
      'a/package.json': '1',
    })
  })

  it('gives an OS package to the first layer since which it is there without a gap', () => {
    const status = (content: string): TarPart[] => [{ path: 'var/lib/dpkg/status', content }]
    const layers = [status('bash 1\ncurl 1'), status('bash 1'), [{ path: 'x' }], status('bash 1\ncurl 1\nzsh 1')]

    const merged = merge(layers)

    const found = merged.files.flatMap(file =>
      file.analysis.packages.map(pkg => [pkg.name, file.layerOf(pkg)?.diffId] as const),
    )
    const layer = (at: number) => sha256(Buffer.from(`diff ${at}`))
    expect(found).toEqual([
      ['bash', layer(0)],
      ['curl', layer(3)],
      ['zsh', layer(3)],
    ])
  })
})
