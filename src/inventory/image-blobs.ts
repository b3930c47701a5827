import { createHash } from 'node:crypto'

import { z } from 'zod'

import { err, ok } from '../base/result.ts'
import type { Result } from '../base/result.ts'
import { parseDigest } from '../domain/ids.ts'
import type { Digest } from '../domain/ids.ts'
import { parseInstant } from '../base/clock.ts'
import type { BlobDescriptor, ImageConfig, ImageError, ImageSource } from './image.ts'
import { imageErrorOf } from './image-fault.ts'

/** `sha256:` and the hash of the bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Gathers a stream that may hold at most `limitBytes`. */
export async function readAll(
  pieces: AsyncIterable<Uint8Array>,
  limitBytes: number,
  limit: string,
  what: string,
): Promise<Result<Buffer, ImageError>> {
  const kept: Uint8Array[] = []
  let sizeBytes = 0
  try {
    for await (const piece of pieces) {
      sizeBytes += piece.byteLength
      if (sizeBytes > limitBytes) {
        return err({ is: 'limit-exceeded', what, limit, detail: `more than ${limitBytes} bytes` })
      }
      kept.push(piece)
    }
  } catch (thrown) {
    const error = imageErrorOf(thrown, what)
    return err(error.is === 'limit-exceeded' ? { ...error, limit } : error)
  }
  return ok(Buffer.concat(kept))
}

/** Reads text as JSON and holds it against the schema; says what is wrong where. */
export function parseJsonAs<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): Result<T, ImageError> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch {
    return err({ is: 'malformed', what, detail: 'not JSON' })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const issue = parsed.error.issues[0]
  const detail = issue === undefined ? 'unexpected shape' : `${issue.path.join('.')}: ${issue.message}`
  return err({ is: 'malformed', what, detail })
}

export const digestSchema = z.string().transform((text, context): Digest => {
  const digest = parseDigest(text)
  if (digest !== null) return digest
  context.addIssue({ code: 'custom', message: 'not a sha256 digest' })
  return z.NEVER
})

const configSchema = z.object({
  architecture: z.string().max(100).default(''),
  os: z.string().max(100).default(''),
  variant: z.string().max(100).nullish(),
  author: z.string().max(4096).nullish(),
  created: z.string().max(100).nullish(),
  rootfs: z.object({ diff_ids: z.array(digestSchema).nullish() }),
})

/** Fetches and verifies the image configuration. (OCI image spec, config.md) */
export async function readImageConfig(
  source: ImageSource,
  blob: BlobDescriptor,
  limitBytes: number,
): Promise<Result<ImageConfig, ImageError>> {
  const what = `image configuration ${blob.digest}`
  if (blob.sizeBytes > limitBytes) {
    return err({ is: 'limit-exceeded', what, limit: 'configBytes', detail: `${blob.sizeBytes} bytes` })
  }
  const opened = await source.openBlob(blob)
  if (!opened.ok) return opened
  const bytes = await readAll(opened.value, limitBytes, 'configBytes', what)
  if (!bytes.ok) return bytes
  const actual = digestOf(bytes.value)
  if (actual !== blob.digest) return err({ is: 'wrong-digest', what, expected: blob.digest, actual })
  const parsed = parseJsonAs(configSchema, bytes.value, what)
  if (!parsed.ok) return parsed
  const { architecture, os, variant, author, created, rootfs } = parsed.value
  return ok({
    architecture,
    os,
    variant: variant ?? null,
    author: author ?? null,
    createdAt: created === null || created === undefined ? null : parseInstant(created),
    diffIds: rootfs.diff_ids ?? [],
  })
}
