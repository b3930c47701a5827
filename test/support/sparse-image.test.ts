import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packSectors, SparseImage } from './sparse-image.ts'

describe('SparseImage', () => {
  it('is the image that was packed, from any place', () => {
    const sector = fc.oneof(fc.constant(new Uint8Array(512)), fc.uint8Array({ minLength: 512, maxLength: 512 }))
    fc.assert(
      fc.property(fc.array(sector, { maxLength: 8 }), fc.nat(), fc.nat(), (sectors, from, length) => {
        const image = Buffer.concat(sectors)
        const at = from % (image.byteLength + 1)
        const count = length % (image.byteLength - at + 1)

        const found = new SparseImage(packSectors(image)).bytes(at, count)

        expect(Buffer.from(found).equals(image.subarray(at, at + count))).toBe(true)
      }),
    )
  })

  it('holds what was written across sectors', () => {
    const image = new SparseImage(packSectors(new Uint8Array(2048)))

    image.write(510, Uint8Array.of(1, 2, 3, 4))

    expect([...image.bytes(509, 6)]).toEqual([0, 1, 2, 3, 4, 0])
  })
})
