import { open } from 'node:fs/promises'
import { err, ok, type Result } from '../base/result.ts'
import type { ReadVex } from '../findings/vex/read-vex.ts'
import { VEX_LIMITS, type VexDocument } from '../findings/vex/vex-statement.ts'

/** Reads every VEX document or none: a scan without one of them would answer another question. */
export async function readVexFiles(
  paths: readonly string[],
  readVex: ReadVex,
): Promise<Result<readonly VexDocument[], string>> {
  const documents: VexDocument[] = []
  for (const path of paths) {
    const bytes = await bytesOf(path)
    const read = bytes.ok ? await readVex(bytes.value, path) : bytes
    if (!read.ok) return err(`${path} is no VEX document that can be read: ${read.error}.`)
    documents.push(read.value)
  }
  return ok(documents)
}

async function bytesOf(path: string): Promise<Result<Uint8Array, string>> {
  let file
  try {
    file = await open(path)
  } catch (cause) {
    return err(cause instanceof Error && 'code' in cause ? String(cause.code) : 'it cannot be opened')
  }
  try {
    const stat = await file.stat()
    if (!stat.isFile()) return err('it is no file')
    return stat.size > VEX_LIMITS.bytes ? err(`it has more than ${VEX_LIMITS.bytes} bytes`) : ok(await file.readFile())
  } finally {
    await file.close()
  }
}
