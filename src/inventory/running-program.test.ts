import { open } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { runtimeBinary } from '../ecosystems/generic/runtime-binary.ts'
import { readContent } from './read-content.ts'

it('reads the version of the very program that runs this', async () => {
  const file = await open(process.execPath)
  const { size } = await file.stat()
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  }

  const outcomes = await readContent(
    { sizeBytes: size, mode: 0o755, read, async *stream() {}, close: () => file.close() },
    'usr/local/bin/node',
    [runtimeBinary],
  )
  await file.close()

  expect(outcomes.flatMap(({ analysis }) => analysis.packages)).toMatchObject([
    { type: 'generic', name: 'nodejs/node', version: process.version.slice(1) },
  ])
})
