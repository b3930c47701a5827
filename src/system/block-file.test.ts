import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openBlockFile } from './block-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'openinspector-block-file-'))
const image = join(folder, 'image')

afterAll(() => rmSync(folder, { recursive: true }))

describe('the image of a disk as a source of blocks', () => {
  it('has every byte, and a last block as long as what is left', async () => {
    writeFileSync(image, 'begin')
    truncateSync(image, 600_000)
    const opened = await openBlockFile(image)
    if (!opened.ok) throw new Error(opened.error)

    const first = await opened.value.readBlock(0)
    const last = await opened.value.readBlock(1)
    await opened.value.close()

    expect(opened.value).toMatchObject({ sizeBytes: 600_000, blockBytes: 524_288, blocksTotal: 2 })
    expect(Buffer.from(first?.subarray(0, 6) ?? []).toString()).toBe('begin\0')
    expect(last?.byteLength).toBe(600_000 - 524_288)
  })

  it('gives what is there of a block whose file was cut off meanwhile', async () => {
    writeFileSync(image, Buffer.alloc(1000))
    const opened = await openBlockFile(image)
    if (!opened.ok) throw new Error(opened.error)

    truncateSync(image, 300)
    const block = await opened.value.readBlock(0)
    await opened.value.close()

    expect(block?.byteLength).toBe(300)
  })

  it.each([
    ['no file', join(folder, 'nowhere'), 'ENOENT'],
    ['a directory', folder, 'it is neither a file nor a block device'],
    ['a device that is no disk', '/dev/null', 'it is neither a file nor a block device'],
  ])('says that %s is none', async (_, path, error) => {
    expect(await openBlockFile(path)).toEqual({ ok: false, error })
  })
})
