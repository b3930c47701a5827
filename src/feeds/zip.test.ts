import { describe, expect, it } from 'vitest'
import { zipOf } from '../../test/support/zip-of.ts'
import { ZIP_LIMITS, ZipError, zipTexts } from './zip.ts'
import type { ZipEntry } from './zip.ts'

async function entriesOf(
  bytes: Uint8Array,
  limits = ZIP_LIMITS as Parameters<typeof zipTexts>[1],
): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = []
  for await (const entry of zipTexts(bytes, limits)) entries.push(entry)
  return entries
}

describe('zipTexts', () => {
  it('hands out the JSON files with their text', async () => {
    const entries = await entriesOf(
      zipOf([
        { name: 'A-1.json', content: '{"é":1}' },
        { name: 'README.md', content: 'x' },
      ]),
    )

    expect(entries).toEqual([{ name: 'A-1.json', content: { text: '{"é":1}' } }])
  })

  it('reads entries with hostile names, for they are never used as paths', async () => {
    const names = ['../../etc/passwd.json', '/abs.json', 'C:\\x.json', 'a\\..\\b.json']

    const entries = await entriesOf(zipOf(names.map(name => ({ name, content: '{}' }))))

    expect(entries.map(entry => entry.name)).toEqual(names)
  })

  it.each([
    [
      'is larger than the limit',
      { name: 'a.json', content: '{}', claimedSize: ZIP_LIMITS.entryBytes + 1 },
      'entry-too-large',
    ],
    ['deflates beyond the ratio', { name: 'a.json', content: Buffer.alloc(4 << 20, 32) }, 'entry-ratio'],
    ['is larger than it claims', { name: 'a.json', content: 'x'.repeat(1000), claimedSize: 10 }, 'entry-unreadable'],
    ['is not UTF-8', { name: 'a.json', content: Buffer.from([0xff, 0xfe]) }, 'entry-not-utf8'],
    ['has an endless name', { name: `${'n'.repeat(2000)}.json`, content: '{}' }, 'entry-name'],
  ])('names an entry that %s, and reads the next', async (_what, bad, problem) => {
    const entries = await entriesOf(zipOf([bad, { name: 'good.json', content: '{}' }]))

    expect(entries.map(entry => entry.content)).toEqual([{ problem }, { text: '{}' }])
  })

  it('names an entry whose bytes were changed', async () => {
    const bytes = zipOf([{ name: 'a.json', content: '{"some":"text"}' }])
    bytes[40]! ^= 0xff

    expect((await entriesOf(bytes))[0]?.content).toEqual({ problem: 'entry-unreadable' })
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a web page', Buffer.from('<html>not a zip</html>')],
    ['a truncated archive', zipOf([{ name: 'a.json', content: '{}' }]).subarray(0, 40)],
    ['a directory shorter than it claims', zipOf([{ name: 'a.json', content: '{}' }], 60_000)],
  ])('refuses %s', async (_what, bytes) => {
    await expect(entriesOf(bytes)).rejects.toThrow(ZipError)
  })

  it('refuses an archive that lists ten million entries before it reads one', async () => {
    const end64 = Buffer.alloc(56)
    end64.write('PK\x06\x06', 'latin1')
    end64.writeBigUInt64LE(10_000_000n, 24)
    end64.writeBigUInt64LE(10_000_000n, 32)
    const locator = Buffer.alloc(20)
    locator.write('PK\x06\x07', 'latin1')
    const end = Buffer.alloc(22)
    end.write('PK\x05\x06', 'latin1')

    await expect(entriesOf(Buffer.concat([end64, locator, end]))).rejects.toThrow('10000000 entries')
  })

  it('refuses an archive whose entries together pass the limit', async () => {
    const files = Array.from({ length: 20 }, (_, at) => ({ name: `${at}.json`, content: 'x'.repeat(1000) }))

    await expect(entriesOf(zipOf(files), { ...ZIP_LIMITS, totalBytes: 10_000 })).rejects.toThrow('10000 bytes')
  })
})
