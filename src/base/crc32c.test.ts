import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from './crc32c.ts'

describe('crc32c', () => {
  // RFC 3720, appendix B.4, as numbers (the RFC prints them with the least byte first).
  it.each([
    ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 bytes that count up', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
    ['32 bytes that count down', Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
  ])('agrees with the RFC on %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })

  it('is the same in one piece and in two', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
        expect(crc32c(second, crc32c(first))).toBe(crc32c(Uint8Array.from([...first, ...second])))
      }),
    )
  })
})
