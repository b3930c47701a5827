import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bunzip2, Bunzip2Error, BUNZIP2_LIMITS } from './bunzip2.ts'
import type { Bunzip2Limits } from './bunzip2.ts'

/** Bytes below `limit` of a linear congruential generator. */
function bytes(count: number, limit: number): Buffer {
  let state = 1
  return Buffer.from(
    Array.from({ length: count }, () => {
      state = Number((BigInt(state) * 1103515245n + 12345n) & 0x7fffffffn)
      return (state >> 16) % limit
    }),
  )
}

function runs(lengths: readonly number[]): Buffer {
  return Buffer.concat(lengths.map((length, byte) => Buffer.alloc(length, byte)))
}

function repeated(count: number, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => bytes(count, 256)))
}

/** What bzip2 1.0.8 made of them, in blocks of 900 kB, or 100 kB where there are several. */
const COMPRESSED: readonly (readonly [what: string, content: Buffer, base64: string])[] = [
  ['nothing', bytes(0, 1), 'QlpoORdyRThQkAAAAAA='],
  ['one byte', bytes(1, 1), 'QlpoOTFBWSZTWbH3QEsAAABAAEAAIAAhGEaC7kinChIWPugJYA=='],
  ['runs of 3 to 6', runs([3, 4, 5, 6]), 'QlpoOTFBWSZTWRfVrHsAAABAAHgAIAAhmQM00SMg4q3cXckU4UJAX1ax7A=='],
  [
    'runs about 255 and 259',
    runs([254, 255, 256, 258, 259, 260, 518, 519]),
    'QlpoOTFBWSZTWT4qI9sAAABAAP+AABggAFRANHqBIUaYlMp50698NjtFqSGPbVbFS4ZBUuHoPiBA2t4u5IpwoSB8VEe2',
  ],
  [
    'all bytes',
    bytes(1_500, 256),
    'QlpoOTFBWSZTWVHOZE8AAk9///////////////////////////9/////////////+///0AP73rbxV7oV7d3Pe8yT1PU003qnqPRMgNGnoaGptRpi' +
      'DT1NpNqA9EwRow1NMaGkPUeTJNqaMmTQMjamQZohgJmiMyhgTyh6hptIejT1J6hkbTJqaZpPU0ybUzKbTTU0QEyYmajBGm0maAAgPRoNJgAJhoAA' +
      'gMnlMA0TDQAjAACegDTUwBPRoTEYQ21JptNTI9AExDAAA0jAICYj1GAQMmTTaNNGpp6QyfqT0JoYCY1NMmmjIyYm01D0A09IajTzVNGaYmTRMATE' +
      'Mm0j0hkaNBpiDNJoyGnpqGmGhomnoA01GmEn6kaG1Ghk2o9RiNB6mmn6iMjRtDNU8pp5R+pP1J6GjUZpPUYI2UMNBMT1AeownqDJtTTTI0aepppj' +
      'TUwjEzSaDGSGj0gGmHqeoDTEmEANCANANE9BMMjQnoJtEw9RMEwAgwaABMAE0xMTEaY0AE0xGhjQACYA1G0BMAAaATIZNPRoIyaeptTEYGjTr9g6' +
      'Ol3VOGifAsIrlQDBA8Y1Yqk8G/J+SyPkzCEWaQWvS+oAosTckWo9GigW0ib27W5OcnTbziTQzPcbDGBm2EAJ2vruz3NMua28Az9AX9e1BDSAwUJS' +
      'TAwjVSIlS1CMqCaCWIAInd3FM6PVR2ZRgPkMv5osExSlpWfm/C7diDtSw+uG4iHGYhTJ5DzGc3COVnYRUyICimIjgQkTnEjkMPJieenNebJJlx6j' +
      'Bw8HwOEM2ghwbYnT/LzJUjYGlT/8izvYWHiXAcsb+Rto4s7clcffKObhNxOxWg7ix8Ef0BvsR+o1dR8kkSiZaI/xnNHoQieeQyUz9oXEhPAUglOu' +
      '08PvmMD1WhxqalIFFYtNXPFt6oS9U6rp3GMLigfDXwUukFt3C8LomH9ttMG7AW5vMzh76yUFu9T2YIDB7S66V+48AhRBQabBlnsdF2R+VnjR5CM0' +
      'BowBPmg44sUFXOl2lNMDU13FOzC65PsuhQ+wibbp43xUgdafQHW9YFoJc4URCIn6Mp5Yhc4gLDABK3YkF9GfEhzk7+5qv2PsezhEelGOWWfK+1ny' +
      'ekdx1Iy1mgmABbLhMb1anKVekxkdAyVmJLX0RPB1+ST7Ta4tuPJjMUyx7ydICVJIuaVQvNtCbq6EXfWdckzCw2/uJwMJcUY6uShhtky9/ARfBMja' +
      'IRli9XdCkxRU90fg3VN1Oguux0hMEk8xcUVZruGVx1hOGl6pAXlYbPopQS7HEbAMIOxHRCiAb14dnAgBo90ekhq/5yEYLGixjQQ+iWG92TEOdCNh' +
      '8+lUlgPupcv2kUCr7QN16YKzK9QDB2Zx11iEPkWCO8GYMAFxFUK55zixLoLSKWTdiZLE8GU+pzD0oNrKptwWBTHuLKJHjX9kDq9H+F/NOoUfBYb6' +
      'iHE3Q2qglYLobqFBcmRDF+DUmQknPhHleZSR1uyBPkMGOrAbeh54WXVnqPOQKZZWW8QgqzIo5liq4WFl7bGZyDjuuMbjyV0nWRTFgMKjHy94k7IG' +
      'TTlEDXKrxPdUFPCS811ppIeyJUXE6af2S78YgBRaTWlt7nR0wJu4lMqR5muXgY7giv9+i9rBiC1QBqgzyqgRocX8fbBPrlOxBfDUg00VUVrHBW3B' +
      'fyBOSh9liQRHU8dJHRR3/Deawag4+rKkpiF6kjU+9JVeSCrfPH5d/qJljeyY/sFw037lGIjDxj5lEt1RIr0H9k6yuCR61Rt+ffE3owOcjrefLnA0' +
      'OrRXbuy3nzfBD2s20/A5hEeIj2ihXWYhPcpj3nI9AhcnpSWiBfyoyjb7Q0+MKJ2JVooOoJGOtHnlZvKKGDwG/KafMksr0ITHgJjR9Ca9tSy/VDv7' +
      'Jf6JRXIejprYyJb0DMGoOfNG8uNpzgj7op7CxcQeLexrCHmiRAwD8bM7x2Kv3R9jGMnsEWWp8f+SnJSsJ+uEoShW5s4rcWWY0aa4Se5G7aF7yj0b' +
      '0A5QrX/SmJcX91hiLZeXDU8gapN9iTBNbOIGt6TSKyZXbkODZC1NKObXHKuMVaUd0L2dfiXgatFgd+FgrASaD38bIIghZ+YluAkwhH6OacT3mDy5' +
      'nHLfkVFjQBaYOv0f9MBCyPFSLWcQ3wWTinIz3maM066bjyk64AM2oSvlI9tAybeZGV1AWERZQpD7YY4en/y9KCzIDxUQVWrv8MDs+G6k5b5Rz3wE' +
      'k4qv/VqA+eMJmQ/UxQrzvVi2xjKciSllNwLCY0OS0VQcIbivg9xE3XggWMvDBHJWVhwLTwVjOAL0mB8D6x8/pG4A+B01gqiuUGXj/HcszPwxUkk/' +
      'R0OyA/GAc2hM4R2tWzsStdYYGidxkjKFJqaSWROXbb5c4z51X6eAde9g4rFrhczDBuUxX3ruCuS7M4F5DEeVqLL7vKceboTRczqJqb5YJGDGk0KK' +
      'YB8/+bMqIgIJo+QCpb09zi7kinChIKOcyJ4=',
  ],
  [
    'few symbols',
    bytes(6_000, 3),
    'QlpoOTFBWSZTWdUHgCIACXjAAHoAYA391KAAqRQpClRVVBQKqRFFFJEikqqoM0AzQDT2qkDT9KowzQDNBWSzubMwMYa7G1Mtwdy266uJljNWWzZM' +
      'rFM1zGExo6UrU7LWTNWptWrAympitZxys4rQ4k5w1rmUtddTrunG0sFYJxm1WrRqmrmNLsZpatMh2WrMlpo1s51JrUqwty5xWmZpjMC0S2sYZc5k' +
      'ssYq01a5Na4yVk4O1Y1KhWhOusTLLUbTGTZrNadWs1tazHI5cGnRTplxqaGC5lzajVSxNkzWWCyudQoxyczeb3trrUstFJxkirRmYkouYqWlrIZF' +
      'qyXIRUUMLkmlUxqudyVmQCjSWLDszWZRSsGiRqmo1nXHGaXTZrpm0JCW1rGxwytMM60rMa7qtLMmmiVYuzMrHXFOnV0jJYK5tWM2spmqHLJrNKs6' +
      'WpM6zLVq4GY6sjFbLquzDLYtZZjV1Z1gOyUO0tNaZqNZFWvnrezk0MVmq2NoplprMTScnBkmpk1WmXMS3RGprUrLLWctCNHMBrNyy75vV6WZVa5V' +
      'nLHKkxqrRpwF2DpTM5clq5A1tSslkq5kNKjlqzW5mtzQwpcGM7ClTlatNUwyNJNcXWkzOauKKcDpZlUmx0zMNcxanZJgtVa1YrUVkNcxg4NTWq5d' +
      'aBi5ZqMljOGVOFqalKWZWljZFHUyVjmTCqwrrU2dbTmtSzORNVipXaaLBtRlqyOBNKBg1adjRazTpZUVlYArTOriGKzUtpcbHJpqNnGyUK1WjNWZ' +
      'jWY1rNatUI6zLlEpUdFRI1WgZqOjNYZbRlZrU4ENo02WVGrrYomtYWNrnZ1pkVcatVa0yxKk0NMGZkwzrmtVLnNXRo5rjNbWsQhXXOZpVIrWXUTF' +
      'IJohWc7RcJbjONc2MrmEco0a5rFZlQ01k2kzGnEycSp3WtZTJuqapzJUzoc00zadjWsVoNZLp2daWQuU0nWh2ZgZdZaOi0kzZm1LDotGoWjEOpaY' +
      'V2VWtZMBTTVwVltJyy5xxYJKslU61My2Jq6MsCJmrmbDmXI1adCMtdrNUzlYxaay1kljTqnLgtJ0ISrGWU1SFtGorl2SIVkQYtdTTRknNZK6tZNY' +
      'jlsTJrXWSsyzFHRq5cda2mY1o6SyuOO6aWsWXFuaZJpgrrVmayaGquUOa2a0jNa3Vm5GDa1Y1pmXNdZTWaxyrTLlpq7REXCzqzOuLGmrBsZzFaKm' +
      'titFMTCprppNCqDA4TStZmUBnSkrSqLVnGWHOc6lZpkUzXKyLDGi4WOlQh0yVo1JrGZYma1sHMSSVNdNFOmbXWhi2jJaipinBlFhlkzWsgmGwyMw' +
      'jDZnWo5SpYy0xVys1KXLSui1ZhZkxSEcLUihZlYq0lZmHKRcpWXNTk0w5Zi3StNdLrWhmTrNYsKratAwVjmZVqdZyaTWA61qmsydnGCY62s1LVRz' +
      'nXRmVymadq0ZOucFqyHS05ZlljStpwzFJUtJpZrmsJSQONKwGnWNk3LDbVmNq5ylgrWrDriZq002WtraNgmERzDWpdyzGdlTkxZhk4O1RrGsq1WL' +
      'rMpUYa0q0bRYDWg7pNhutMUOkZXNoa0zKlrTNQxqC2amQTUiWa0pMZOZqMZoTZbR1rXGxWIs2TJGObNFFUFwYVY6Cu1qM2rJNmi5akpOtZZpJhLS' +
      'snFM2aa1i6zqOy5SM12YypyBqdcaznWtZsbFnVFyVE6sllLLQYOhjLXOzqrSHCjSsoYS2RlnVWY1qY4qEucRatUajOsZGalrDUtWCnTWOXLI2XOW' +
      'rmY6yym1Nla2SWwjVwF2jNqiBOmG1szZqmy0lsdLTWwrWozKMo7CTZhxwzaaxmbZgzjiTtVpYXdPC7kinChIaoPAEQA=',
  ],
  [
    'three blocks of one byte',
    runs([12_000_000]),
    'QlpoMTFBWSZTWX6yQ8QADQTAAMAAAAggACCkCDSoKjEqCo5igrJMprL9ZIeIABoJgAGAAAAQQABBSBBpUFRiVBUcxQVkmU1k4BNwDAA3MQATAAAA' +
      'BAAggADDMCappqihNqUUJ4u5IpwoSB/Uqk0A',
  ],
  [
    'several blocks',
    repeated(200, 1_300),
    'QlpoMTFBWSZTWZgzbeUAnTL///MiqZ/iILm/qesf7dfKdW0jw+pm810yC9uWGn39EQsY0AS8AAAAAAg0xMCDABNNNNMAEYCMTJgEwABGEYAARgBM' +
      'mTCYhBpiYEGACaaaaYAIwEYmTAJgACMIwAAjACZMmExCDTEwIMAE0000wARgIxMmATAAEYRgABGAEyZMJiBNVVUaAAaZBoAaANBo9IPUeo9Q0aNP' +
      'UPSPUaNPTU9IeUxPKPTU0eSYI2mmE9KINMTAgwATTTTTABGAjEyYBMAARhGAAEYATJkwmI68oNGkHHpBj0g5tIPXpBoUgyqQfwUGjSDMpB3VIMKk' +
      'GNSD76QcWkGJSDvKQeJSDIpBqUg72kHW0g9GkGjSDbUg4tIOFSDMKDsSg6FIPKpBv6QegUGVSDvqQZ9IPUpBn0g4dIMSkG2pBs0gzqQfvSDn0g7S' +
      'kGHSDcUg31IMekGvSDGpBvaQe/SDk0gyaQZdIMqkGdSDn0gz6QeHSD5aQYKQfbSDYpBqUg2qQbmkGlSDDpB5tIOzpB+dIPipB+1IMKkHUKDUKDTp' +
      'BzKQcmkGTSDgFBs0g5VIMikHOpBr0g3dIOZSDxqQYtINCkG8pBkUg41IOFSDIpB59INekGnSDpUg8GkHUpBs0g29IP6pBllBxqQYdINqkGHSDFpB' +
      'p0g51IMKkHLpBm0g31IMukHIpBq0gz6QbqkG1SDnUg0KQbNINzSDf0g4lIM8oOjSDelBk0g6FINakGdSDMKDZpBzaQZtIOVSD+aQcCkHLpBpUgxq' +
      'QaVIOJSDzKQbRQZtIOnSDXpBj0g1aQahQcEoNncUg1aQYKQYlIOlSDWpBu6QcMoNikGtSDWpBx6QdGkH3Ug/2kG8pB1aQbcoPopBqUg2Cgw6QYKQ' +
      'YCg6dINekG6pBgpBi0g4JQetSDBSDkUg2KQerSDapB1aQYKQbVIP/MUFZJlNZrnugVwCty3//8yKpn+Igub+p6x/t18p1bSPD6mbzXTIL25Yaff0' +
      'RCxjQBLwAAAAACDTEwIMAE0000wARgIxMmATAAEYRgABGAEyZMJiEGmJgQYAJppppgAjARiZMAmAAIwjAACMAJkyYTEINMTAgwATTTTTABGAjEyY' +
      'BMAARhGAAEYATJkwmIE1VVRoAANAAABoGj0g9TajI0aNPUPSPUyNPTU9IeUZPKPRNHkm00h5NTxPKiDTEwIMAE0000wARgIxMmATAAEYRgABGAEy' +
      'ZMJiOrpBzKQfnSDIpBz6QevSDRpBl0g/akHMpBm0g7akGJSDHpB9lIOOUGNSDuqQeHSDJpBrUg7ukHU0g9GkHMpBuKQcekHDpBm0g62kGrSDyqQc' +
      'CkG6pBl0g7ykGhSD1KQaFIOLSDGpBuKQbdIM8oP1pB0KQdhSDFpB3JQbykGRSDZpBj0g3dIN/SDlUgyqQZlIMukGfSDoUg0KQeFSD46QYKQcSkG1' +
      'SDWpBhpBuaQaVIMWkHm0g6+kH4Ug+CkH6FBiUg2KQa1INMoOdSDlUgyqQcGkG2UHLpBk0g1KQbNIPIpBzqQeLSDfUg0Sg9CkGTSDkUg4dIMmkHn0' +
      'g2aQaZQf7SDwKQbFINukHb0g/ikGZSDkUgxaQYaQYpQb6kGnSDUpBiUg5pQZ1IN5SDMpByaQdIoNCkHfUgw0g1KQaNINukG5pBwKQcakGhSDo0g3' +
      'dIMqkGqUH/UgzygzaQbdIOfSDOpBy6QfvSDg0g5pQaVIMekGlSDjUg8ykGGkGdSDXpBs0gyCg6VINakHCpB3FINcoMBQb2kH+Ug2KQePSDiUg2aQ' +
      'bFINikH5Ug1Sg4tIOjSDdUg26QY3TKD5qQa1INqkHt0gwUgwUg16QbJQd/SDBSDf0g4VIMSkGCkHJpBtUg9akGGkHTpBgpBhpB/5igrJMprPBfi/' +
      'MAIWp///mRVM/xEFzf1PWP9uvlOraR4fUzea6ZBe3LDT7+iIWMaAJfAAAAAAINMTAgwATTTTTABGAjEyYBMAARhGAAEYATJkwmIQaYmBBgAmmmmm' +
      'ACMBGJkwCYAAjCMAAIwAmTJhMQg0xMCDABNNNNMAEYCMTJgEwABGEYAARgBMmTCYhBpiYEGACaaaaYAIwEYmTAJgACMIwAAjACZMmExAUqqo0AAD' +
      'QAaAaNAaekHqZHqGjQeoekepkaempkPKMnlHpqaPJNppDyan6J6U6uUjRKR+ZSMgpHPKR6pSNApGWUj9pSNEpGYUjtikYhSMcpH2FI48pHAKRuSk' +
      'eGUjJKRrFI7spHUlI88pGiUjcFI45SOGUjMlI62UjVKR5JSOCUjeSkZZSO8KRnlI9IpGeUjilI4BSNwUjaKRnSkfqUjoFI7ApGKUjuZSN8UjIKRg' +
      'KRjlI9MpHuFI5ZSMopHIKRllIzikdApGeUjwikfEUjCUjiFI2SkaxSNspHdFI0ikYpSN2UjrykfgUj3ykfpKRiFI2JSNaUjTlI5xSOWUjKKRwpSN' +
      'qUjmFIySkahSMBSPHKRzikbopGMUjQlI84pGSUjklI4ZSMkpHmlIwFI05SP9KR4BSNgpG0UjtykfwUjkSkckpGKUjbKRilI3WMUjTKRqFIxCkc2U' +
      'jNKRvikcgpHKKR0pSM8pHflI2ykahSNApG0UjclI4JSOMUjPlI6JSN7KRlFI1ZSP+KRnSkZkpG0UjnlIzSkcwpH7lI4RSObKRpFIxykaRSOMUjdl' +
      'I25SM0pGuUjAUjIlI6RSNaUj0CkdwUjXlIwykb8pH+FI2CkeMUjiSkYCkbBSNgpH5FI1ZSOKUjolI3hSNopHTlI+YpGsUjZlIxSkYSkYZSNcpGCU' +
      'jvikYSkYxSPjlI9QpGEpHKKRslI3pSNspHTKRhKRtlI/8XckU4UJDcheDfA=',
  ],
]

async function decompressed(compressed: Uint8Array, limits?: Bunzip2Limits): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of bunzip2(compressed, limits)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Zeros compress without end. */
const ROOMY = { ...BUNZIP2_LIMITS, ratioFromBytes: 64 * 1024 * 1024 }

describe('what bzip2 compressed', () => {
  it.each(COMPRESSED)('comes out as it was: %s', async (_what, content, base64) => {
    expect((await decompressed(Buffer.from(base64, 'base64'), ROOMY)).equals(content)).toBe(true)
  })

  it('may be several streams in one file', async () => {
    const all = Buffer.concat(COMPRESSED.map(([, , base64]) => Buffer.from(base64, 'base64')))

    expect((await decompressed(all, ROOMY)).equals(Buffer.concat(COMPRESSED.map(([, content]) => content)))).toBe(true)
  })

  it('stays within its limits', async () => {
    const zeros = Buffer.from(COMPRESSED.find(([what]) => what.startsWith('three'))?.[2] ?? '', 'base64')

    await expect(decompressed(zeros)).rejects.toThrow(Bunzip2Error)
    await expect(decompressed(zeros, { ...ROOMY, totalBytes: 11_999_999 })).rejects.toThrow('over 11999999 bytes')
    expect(await decompressed(zeros, { ...ROOMY, totalBytes: 12_000_000 })).toHaveLength(12_000_000)
  })
})

describe('a damaged file', () => {
  const content = bytes(6_000, 3)
  const whole = Buffer.from(COMPRESSED.find(([what]) => what === 'few symbols')?.[2] ?? '', 'base64')

  it('is never taken for another one, wherever a bit is turned', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: whole.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          const damaged = Buffer.from(whole)
          damaged[at] = (damaged[at] ?? 0) ^ (1 << bit)
          const result = await decompressed(damaged).catch((error: unknown) => error)

          // Bits that nothing depends on, such as codes that are not used, may be anything.
          expect(result instanceof Bunzip2Error || (Buffer.isBuffer(result) && result.equals(content))).toBe(true)
        },
      ),
      { numRuns: 200 },
    )
  })

  it.each([0, 1, 3, 4, 13, 100, whole.length - 5, whole.length - 1])('ends too early after %i bytes', async size => {
    await expect(decompressed(whole.subarray(0, size))).rejects.toThrow(Bunzip2Error)
  })

  it('is any other file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async noise => {
        const withMagic = Buffer.concat([Buffer.from('BZh9'), Buffer.from('314159265359', 'hex'), noise])

        await expect(decompressed(noise)).rejects.toThrow(Bunzip2Error)
        await expect(decompressed(withMagic)).rejects.toThrow(Bunzip2Error)
      }),
    )
  })
})
