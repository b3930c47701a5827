import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { unzstd, UNZSTD_LIMITS } from './unzstd.ts'

async function inflated(bytes: Uint8Array, limits = UNZSTD_LIMITS as Parameters<typeof unzstd>[1]): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of unzstd(bytes, limits)) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

describe('unzstd', () => {
  it('reads one frame after the other', async () => {
    const text = 'a line of text\n'.repeat(200_000)

    expect(await inflated(zstdCompressSync(text))).toBe(text)
    expect(await inflated(Buffer.concat([zstdCompressSync('one'), zstdCompressSync('two')]))).toBe('onetwo')
  })

  it.each([
    ['nothing', new Uint8Array(), 'breaks off'],
    ['something else', Buffer.from('<html>no archive'), 'not Zstandard'],
    ['a frame that is cut', zstdCompressSync('x'.repeat(10_000)).subarray(0, 12), 'breaks off'],
    ['a frame with a changed byte', damaged(zstdCompressSync('a little text that is not repeated')), 'Zstandard'],
  ])('refuses %s', async (_case, bytes, detail) => {
    await expect(inflated(bytes)).rejects.toThrow(detail)
  })

  it('stops what inflates too far', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024))
    const limits = { totalBytes: 2 ** 40, ratio: 100, ratioFromBytes: 1024 * 1024 }

    await expect(inflated(bomb, limits)).rejects.toThrow('inflates to over')
    await expect(inflated(bomb, { ...UNZSTD_LIMITS, totalBytes: 1_000 })).rejects.toThrow('over 1000 bytes')
  })
})

/** The block's type is made one that does not exist. */
function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy.fill(0xff, 6, 9)
  return copy
}
