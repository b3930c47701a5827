import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { xzOf } from '../../test/support/xz-of.ts'
import { unxz, XzError } from './xz.ts'
import type { XzLimits } from './xz.ts'

const LIMITS: XzLimits = { totalBytes: 1024 ** 3, ratio: 20_000, ratioFromBytes: 1024 }

/** One million zeros, as xz 5.4 packs them. */
const ZEROS = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj70I/ANFdAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPmTwz82AAAAADKzVZfu0uHjAAHtAcCEPQDV4HauscRn+wIAAAAABFla',
  'base64',
)

async function unpacked(bytes: Uint8Array, limits = LIMITS): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of unxz(bytes, limits)) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('unxz', () => {
  it('gives back what was packed, of any length', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200_000 })
    const property = fc.asyncProperty(bytes, async content => {
      expect((await unpacked(xzOf(content))).equals(content)).toBe(true)
    })

    await fc.assert(property, { numRuns: 20 })
  })

  it('reads files of several streams', async () => {
    const twice = Buffer.concat([xzOf(Buffer.from('a')), xzOf(Buffer.from('b'))])

    expect((await unpacked(twice)).toString()).toBe('ab')
  })

  it.each([
    ['not xz', Buffer.from('PK')],
    ['cut off', xzOf(Buffer.alloc(1_000)).subarray(0, 500)],
    [
      'cut off, with the end of a whole file',
      Buffer.concat([xzOf(Buffer.alloc(1_000)).subarray(0, 500), Buffer.from('YZ')]),
    ],
    ['without anything in it', Buffer.alloc(0)],
  ])('refuses what is %s', async (_what, bytes) => {
    await expect(unpacked(bytes)).rejects.toThrow(XzError)
  })

  it('refuses a file with one wrong bit in its headers', async () => {
    const bytes = xzOf(Buffer.from('content'))
    bytes.writeUInt8(bytes.readUInt8(13) ^ 1, 13)

    await expect(unpacked(bytes)).rejects.toThrow('not whole xz')
  })

  it('ends at its limits, of bytes and of bytes for each packed one', async () => {
    const bytes = xzOf(Buffer.alloc(300_000))

    await expect(unpacked(bytes, { ...LIMITS, totalBytes: 100_000 })).rejects.toThrow('unpacks to over 100000 bytes')
    await expect(unpacked(bytes, { ...LIMITS, ratio: 0.5 })).rejects.toThrow('unpacks to over')
  })

  it('reads what is really packed, and refuses it where it is too much', async () => {
    expect(ZEROS.length).toBeLessThan(400)
    expect((await unpacked(ZEROS)).equals(Buffer.alloc(1_000_000))).toBe(true)
    await expect(unpacked(ZEROS, { ...LIMITS, ratio: 1_000 })).rejects.toThrow('unpacks to over')
  })

  it('can be left before the end', async () => {
    for await (const piece of unxz(xzOf(Buffer.alloc(300_000, 1)), LIMITS)) {
      expect(piece[0]).toBe(1)
      break
    }
  })
})
