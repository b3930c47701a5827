import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { formatInstant, parseInstant, type Instant } from '../../base/clock.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { versionName } from './builder.ts'
import { LAYOUT_REVISION } from './layout.ts'
import { generationsSchema, type StoredGeneration } from './pointer.ts'

/**
 * A version of the advisory database as one file, for sites without a network. It is a Zstandard file, so that `zstd -d`
 * gives the bare SQLite file: two skippable frames (header, signature), the compressed database, and a last skippable
 * frame with the SHA-256 of every byte before it. (RFC 8878 §3.1.2, skippable frames)
 */
export const FORMAT_REVISION = 1

const KIND = 'openinspector-advisories'

/** Skippable frames that any Zstandard reader passes over; which of the sixteen numbers are ours is our choice. */
const FRAMES = { header: 0x184d2a5a, signature: 0x184d2a5b, end: 0x184d2a5c } as const
export type FrameName = keyof typeof FRAMES

/** Bytes before the content of a skippable frame: its number and its length. */
export const FRAME_HEAD_BYTES = 8
const SHA256_BYTES = 32
export const END_FRAME_BYTES = FRAME_HEAD_BYTES + SHA256_BYTES

/** Three hundred parts with their first left-out records make some 300 KB. */
export const HEADER_LIMIT_BYTES = 4 * 1024 * 1024
export const SIGNATURE_LIMIT_BYTES = 1024
/** All sources together make less than 1 GB. */
export const DATABASE_LIMIT_BYTES = 16 * 1024 ** 3

/** What a transfer file says of itself. */
export interface TransferHeader {
  readonly createdAt: Instant
  /** The program that wrote it, e.g. `openinspector 0.1.0`. */
  readonly madeBy: string
  /** Content name of the version. */
  readonly version: string
  readonly generations: readonly StoredGeneration[]
  readonly database: { readonly bytes: number; readonly sha256: string }
}

const revisionsSchema = z.object({ kind: z.literal(KIND), format: z.number(), layout: z.number(), madeBy: z.string() })

const headerSchema = z.object({
  createdAt: z.string().transform((text, context) => {
    const at = parseInstant(text)
    if (at !== null) return at
    context.addIssue({ code: 'custom', message: 'is no RFC 3339 time' })
    return z.NEVER
  }),
  madeBy: z.string().max(200),
  version: z.string().regex(/^[0-9a-f]{24}$/),
  generations: generationsSchema,
  database: z.object({
    bytes: z.number().int().min(1).max(DATABASE_LIMIT_BYTES),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
})

const signatureSchema = z.strictObject({
  algorithm: z.literal('ed25519'),
  publicKey: z.base64().length(60),
  signature: z.base64().length(88),
})

/** The header's bytes; equal headers give equal bytes. Revisions and name come first, for whoever looks with `head`. */
export function encodeHeader({ createdAt, madeBy, version, generations, database }: TransferHeader): Buffer {
  const header = {
    kind: KIND,
    format: FORMAT_REVISION,
    layout: LAYOUT_REVISION,
    version,
    createdAt: formatInstant(createdAt),
    madeBy,
    database,
    generations,
  }
  return Buffer.from(JSON.stringify(header))
}

/** Reads a header and holds the version's name against the parts it lists; the error is a sentence for a person. */
export function decodeHeader(bytes: Buffer): Result<TransferHeader, string> {
  let json: unknown
  try {
    json = JSON.parse(bytes.toString('utf8'))
  } catch {
    return err('its header is damaged (no JSON)')
  }
  const revisions = revisionsSchema.safeParse(json)
  if (!revisions.success) return err('it holds no advisories of OpenInspector')
  const { format, layout, madeBy } = revisions.data
  if (format !== FORMAT_REVISION) {
    return err(
      `it has file format ${format}, made by ${madeBy.slice(0, 100)}; this version of OpenInspector reads format ${FORMAT_REVISION}. Use the same version of OpenInspector on both sides`,
    )
  }
  if (layout !== LAYOUT_REVISION) {
    const older = layout < LAYOUT_REVISION ? 'there' : 'here'
    return err(
      `it holds advisories in layout ${layout}, made by ${madeBy.slice(0, 100)}; this version of OpenInspector reads layout ${LAYOUT_REVISION}. Update OpenInspector ${older}, sync and export again`,
    )
  }
  const header = headerSchema.safeParse(json)
  if (!header.success) {
    const [issue] = header.error.issues
    return err(`its header is damaged (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`)
  }
  const named = versionName(partsWithHash(header.data.generations))
  if (named !== header.data.version) {
    return err(`its parts make version ${named}, but it calls itself ${header.data.version}`)
  }
  return ok(header.data)
}

/** The parts that have content, as far as the version's name is made of them. */
export function partsWithHash(generations: readonly StoredGeneration[]) {
  return generations.flatMap(({ feed, part, hash }) => (hash === null ? [] : [{ feed, part, hash }]))
}

export function encodeFrame(name: FrameName, content: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt32LE(FRAMES[name], 0)
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content])
}

/** Bytes of the content that follows a frame's head; the error says what is wrong instead. */
export function frameLength(name: FrameName, head: Buffer, limitBytes: number): Result<number, string> {
  if (head.readUInt32LE(0) !== FRAMES[name]) {
    return err(name === 'header' ? 'it is no file of `openinspector advisories export`' : `its ${name} is missing`)
  }
  const length = head.readUInt32LE(4)
  if (length > limitBytes) return err(`its ${name} has ${length} bytes, more than the ${limitBytes} it may have`)
  return ok(length)
}

/** Who signed: the first 32 digits of the SHA-256 of the public key, which `openssl pkey -pubin -outform DER` gives. */
export function keyFingerprint(publicKey: KeyObject): string {
  return createHash('sha256').update(derOf(publicKey)).digest('hex').slice(0, 32)
}

/** The content of the signature frame: nothing when nobody signs. */
export function encodeSignature(header: Buffer, databaseSha256: string, privateKey: KeyObject | null): Buffer {
  if (privateKey === null) return Buffer.alloc(0)
  return Buffer.from(
    JSON.stringify({
      algorithm: 'ed25519',
      publicKey: derOf(createPublicKey(privateKey)).toString('base64'),
      signature: sign(null, signedMessage(header, databaseSha256), privateKey).toString('base64'),
    }),
  )
}

/**
 * The fingerprint of the key that signed, `null` when nobody did. A signature that does not fit is an error whoever is
 * trusted. Whether the key is one to be trusted is the caller's question.
 */
export function checkSignature(content: Buffer, header: Buffer, databaseSha256: string): Result<string | null, string> {
  if (content.length === 0) return ok(null)
  try {
    const { publicKey, signature } = signatureSchema.parse(JSON.parse(content.toString('utf8')))
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    const fits =
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, signedMessage(header, databaseSha256), key, Buffer.from(signature, 'base64'))
    return fits ? ok(keyFingerprint(key)) : err('its signature does not fit its content: it was changed or damaged')
  } catch {
    return err('its signature is damaged')
  }
}

/** Names the purpose, so that nothing else that the key may sign can stand for it. */
function signedMessage(header: Buffer, databaseSha256: string): Buffer {
  const headerSha256 = createHash('sha256').update(header).digest('hex')
  return Buffer.from(`${KIND} ${FORMAT_REVISION}\nheader ${headerSha256}\ndatabase ${databaseSha256}\n`)
}

function derOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' })
}
