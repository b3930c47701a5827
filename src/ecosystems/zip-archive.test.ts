import { describe, expect, it } from 'vitest'
import { zipOf, type ZipFile } from '../../test/support/zip-of.ts'
import { ZIP_LIMITS, type ZipSource, zipContent, zipInMemory, zipMembers } from './zip-archive.ts'

/** What a reading comes to that inflates nothing. */
function outcomeOf<T>(reading: Generator<unknown, T, Uint8Array | null>): T {
  const step = reading.next(null)
  if (step.done !== true) throw new Error('something was asked for')
  return step.value
}

const membersOf = (files: readonly ZipFile[]) => outcomeOf(zipMembers(zipInMemory(zipOf(files)), () => true))

describe('a zip archive', () => {
  it('with more than the members that are looked at is refused, but not with as many classes', () => {
    const { members } = ZIP_LIMITS
    const directoryOf = (name: string): Buffer => {
      const one = zipOf([{ name, content: '' }])
      const entryBytes = 46 + name.length
      const entry = one.subarray(one.length - 22 - entryBytes, one.length - 22)
      const end = Buffer.from(one.subarray(one.length - 22))
      end.writeUInt32LE(entryBytes * (members + 1), 12)
      end.writeUInt32LE(0, 16)
      return Buffer.concat([...Array.from({ length: members + 1 }, () => entry), end])
    }
    const outcome = (name: string) => outcomeOf(zipMembers(zipInMemory(directoryOf(name)), () => true))

    expect(outcome('a.jar')).toEqual({ ok: false, error: `more than ${members} members to look at` })
    expect(outcome('a.class')).toEqual({ ok: true, value: { members: [], hasContent: true } })
  })

  it('whose directory has more than directoryBytes is refused before that is read', () => {
    const end = Buffer.from(zipOf([]))
    end.writeUInt32LE(ZIP_LIMITS.directoryBytes + 1, 12)
    const asked: number[] = []
    const source: ZipSource = {
      sizeBytes: 2 * ZIP_LIMITS.directoryBytes,
      *read(_offset, length) {
        asked.push(length)
        yield* []
        return Buffer.concat([Buffer.alloc(length - end.length), end])
      },
    }

    expect(outcomeOf(zipMembers(source, () => true))).toMatchObject({ ok: false })
    expect(asked).toHaveLength(1)
  })

  it('is read without members whose names are longer than nameBytes', () => {
    const members = membersOf([
      { name: 'a'.repeat(ZIP_LIMITS.nameBytes), content: '' },
      { name: 'b'.repeat(ZIP_LIMITS.nameBytes + 1), content: '' },
    ])

    expect(members.ok && members.value.members.map(({ name }) => name[0])).toEqual(['a'])
  })

  it('may hold members that grow beyond measure up to ratioFromBytes, and to ratio above', () => {
    const { ratio, ratioFromBytes } = ZIP_LIMITS
    const member = (sizeBytes: number, compressedBytes: number) =>
      zipContent(
        {
          sizeBytes: 0,
          read: () => {
            throw new Error('read')
          },
        },
        { name: 'a', method: 8, isEncrypted: false, sizeBytes, compressedBytes, headerOffset: 0 },
        Infinity,
      )

    expect(outcomeOf(member(ratioFromBytes + 1, 1))).toEqual({ ok: false, error: 'too-large' })
    expect(() => outcomeOf(member(ratioFromBytes, 1))).toThrow('read')
    expect(() => outcomeOf(member(10 * ratioFromBytes, (10 * ratioFromBytes) / ratio))).toThrow('read')
  })
})
