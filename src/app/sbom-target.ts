import { open } from 'node:fs/promises'
import { err, ok, type Result } from '../base/result.ts'
import { SBOM_LIMITS } from '../inventory/limits.ts'
import type { Readers } from '../inventory/readers.ts'
import type { SbomInventory } from '../inventory/sbom/read-sbom.ts'

/** Reads an SBOM from a file, or from standard input where `path` is `null`. The error is one sentence with what and where. */
export async function readSbomTarget(path: string | null, readers: Readers): Promise<Result<SbomInventory, string>> {
  const name = path ?? 'standard input'
  const bytes = path === null ? await bytesOfStream(process.stdin) : await bytesOfFile(path)
  if (!bytes.ok) return err(`Cannot read ${name}: ${bytes.error}.`)
  const reader = readers.begin()
  const read = await reader.readSbom(bytes.value, path ?? '-').finally(() => reader.close())
  return read.ok ? read : err(`${name} is no SBOM that can be read: ${read.error.detail}.`)
}

const TOO_LARGE = `it has more than ${SBOM_LIMITS.bytes} bytes`

async function bytesOfFile(path: string): Promise<Result<Uint8Array, string>> {
  let file
  try {
    file = await open(path)
  } catch (cause) {
    return err(isSystemError(cause) ? cause.code : 'it cannot be opened')
  }
  try {
    const stat = await file.stat()
    if (stat.isDirectory()) return err('it is a directory')
    // A pipe has no size that could be believed.
    if (!stat.isFile()) return await bytesOfStream(file.createReadStream({ autoClose: false }))
    return stat.size > SBOM_LIMITS.bytes ? err(TOO_LARGE) : ok(await file.readFile())
  } finally {
    await file.close()
  }
}

async function bytesOfStream(stream: AsyncIterable<Uint8Array>): Promise<Result<Uint8Array, string>> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of stream) {
    size += piece.length
    if (size > SBOM_LIMITS.bytes) return err(TOO_LARGE)
    pieces.push(piece)
  }
  return ok(Buffer.concat(pieces))
}

function isSystemError(cause: unknown): cause is { readonly code: string } {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
}
