import { describe, expect, it } from 'vitest'
import { buildTar } from '../../test/support/tar-builder.ts'
import { TarError, tarTexts } from './tar-texts.ts'
import type { TarText } from './tar-texts.ts'

const LIMITS = { entries: 10, entryBytes: 100 }

async function read(archive: Uint8Array, limits = LIMITS, pieceBytes = 700): Promise<TarText[]> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < archive.length; at += pieceBytes)
      yield await Promise.resolve(archive.subarray(at, at + pieceBytes))
  }
  const texts: TarText[] = []
  for await (const text of tarTexts(pieces(), name => name.endsWith('.json'), limits)) texts.push(text)
  return texts
}

const file = (path: string, content: string | Buffer) => ({ path, content })

describe('tarTexts', () => {
  it('hands out the wanted files in their order, whatever the pieces are', async () => {
    const archive = buildTar([file('b.json', '{"b":1}'), file('README', 'no'), file('a.json', '{}')])

    for (const pieceBytes of [1, 512, 100_000]) {
      expect(await read(archive, LIMITS, pieceBytes)).toEqual([
        { name: 'b.json', content: { text: '{"b":1}' } },
        { name: 'a.json', content: { text: '{}' } },
      ])
    }
  })

  it('names bad entries and goes on', async () => {
    const archive = buildTar([
      file('large.json', 'x'.repeat(101)),
      file('bad.json', Buffer.from([0xff])),
      file('a.json', '{}'),
    ])

    expect((await read(archive)).map(({ content }) => content)).toEqual([
      { problem: 'entry-too-large' },
      { problem: 'entry-not-utf8' },
      { text: '{}' },
    ])
  })

  it('refuses archives that are cut, damaged or endless', async () => {
    const archive = buildTar([file('a.json', '{}'), file('b.json', '{}')])
    const damaged = Buffer.from(archive)
    damaged.writeUInt8(1, 3)

    await expect(read(archive.subarray(0, 600))).rejects.toThrow(TarError)
    await expect(read(damaged)).rejects.toThrow('wrong checksum')
    await expect(read(archive, { ...LIMITS, entries: 1 })).rejects.toThrow('more than 1 entries')
  })
})
