import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { formatInstant, instant, type Instant } from '../base/clock.ts'
import { err, ok, type Result } from '../base/result.ts'
import { exportAdvisories, type AdvisoryExport } from '../store/advisory-database/export.ts'
import { importAdvisories, type ImportOptions, type ImportOutcome } from '../store/advisory-database/import.ts'
import { readOrigin } from '../store/advisory-database/origin.ts'
import { keyFingerprint } from '../store/advisory-database/transfer-format.ts'
import { systemClock } from '../system/clock.ts'
import { advisoryDirectory } from './local-advisories.ts'

/** Public keys in one file: the old and the new one while a site changes its key. */
const MOST_KEYS = 20

/** The key that an export is signed with; the error is a sentence for a person. */
export function readSigningKey(path: string): Result<KeyObject, string> {
  const text = readText(path)
  if (!text.ok) return text
  try {
    const key = createPrivateKey(text.value)
    if (key.asymmetricKeyType === 'ed25519') return ok(key)
    return err(`${path} holds a key of type ${key.asymmetricKeyType ?? 'unknown'}; signing takes Ed25519.`)
  } catch {
    return err(`${path} holds no private key that can be read: an Ed25519 key in PEM, without a passphrase.`)
  }
}

/** Fingerprints of the public keys in a file. */
export function readTrustedKeys(path: string): Result<ReadonlySet<string>, string> {
  const text = readText(path)
  if (!text.ok) return text
  const blocks = text.value.match(/-----BEGIN [A-Z ]+-----[^-]*-----END [A-Z ]+-----/g) ?? []
  if (blocks.length === 0 || blocks.length > MOST_KEYS) {
    return err(`${path} holds ${blocks.length} keys in PEM; it is to hold 1 to ${MOST_KEYS}.`)
  }
  const fingerprints = new Set<string>()
  for (const block of blocks) {
    const key = publicKeyOf(block)
    if (key === null) return err(`${path} holds something that is no Ed25519 public key (\`openssl pkey -pubout\`).`)
    fingerprints.add(keyFingerprint(key))
  }
  return ok(fingerprints)
}

/** A private key would do for Node.js, but has no business on the importing side. */
function publicKeyOf(pem: string): KeyObject | null {
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----')) return null
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? key : null
  } catch {
    return null
  }
}

const KEY_FILE_LIMIT_CHARACTERS = 64 * 1024

function readText(path: string): Result<string, string> {
  try {
    const text = readFileSync(path, 'utf8')
    return text.length <= KEY_FILE_LIMIT_CHARACTERS ? ok(text) : err(`${path} is too large for a key.`)
  } catch (error) {
    return err(`The key ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

/** `SOURCE_DATE_EPOCH`, seconds since 1970: the time that a reproducible build goes by. (reproducible-builds.org) */
export function sourceDate(env: Readonly<Record<string, string | undefined>>): Result<Instant | null, string> {
  const text = env['SOURCE_DATE_EPOCH']
  if (text === undefined || text === '') return ok(null)
  if (!/^[0-9]{1,11}$/.test(text)) return err('SOURCE_DATE_EPOCH: must be seconds since 1970')
  return ok(instant(Number(text) * 1000))
}

/** The advisories of this machine as one file; `null` when there are none but the bundled ones. */
export function exportFrom(
  home: string,
  options: {
    readonly sourceDate: Instant | null
    readonly productVersion: string
    readonly privateKey: KeyObject | null
    readonly progress: (doneBytes: number, totalBytes: number) => void
  },
): Promise<AdvisoryExport | null> {
  const { privateKey, progress } = options
  return exportAdvisories(advisoryDirectory(home), {
    createdAt: options.sourceDate ?? systemClock.now(),
    ...(options.sourceDate === null ? {} : { latestTime: options.sourceDate }),
    madeBy: `openinspector ${options.productVersion}`,
    privateKey,
    progress,
  })
}

/** Makes the advisories of a file those of this machine; the error is the end of a sentence about the file. */
export async function importInto(
  home: string,
  chunks: AsyncIterable<Buffer>,
  options: Omit<ImportOptions, 'now'>,
): Promise<Result<ImportOutcome, string>> {
  const directory = advisoryDirectory(home)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  mkdirSync(directory, { recursive: true })
  const imported = await importAdvisories(directory, chunks, { ...options, now: systemClock.now() })
  return imported.ok ? imported : err(imported.error.because)
}

/** Where the advisories in use were imported from, times in RFC 3339; `null` when they were synced here. */
export function originOf(home: string, version: string | null) {
  const origin = version === null ? null : readOrigin(advisoryDirectory(home), version)
  if (origin === null) return null
  const { importedAt, createdAt, madeBy, signedBy } = origin
  return { importedAt: formatInstant(importedAt), exportedAt: formatInstant(createdAt), madeBy, signedBy }
}

export function originInWords(origin: NonNullable<ReturnType<typeof originOf>>): string {
  const { importedAt, exportedAt, madeBy, signedBy } = origin
  const signer = signedBy === null ? 'not signed' : `signed by the key ${signedBy}`
  return `Imported ${importedAt.slice(0, 19)}Z from a file that ${madeBy} wrote ${exportedAt.slice(0, 19)}Z, ${signer}`
}
