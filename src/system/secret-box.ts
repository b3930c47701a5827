import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { SecretBox } from '../base/secret-box.ts'

const KEY_BYTES = 32
/** Length that NIST SP 800-38D §8.2.2 names for random initialisation vectors. */
const IV_BYTES = 12
const TAG_BYTES = 16
/** First part of every sealed text, so that a later key or cipher can live beside this one. */
const FORMAT = 'v1'

/** AES-256-GCM with one key. Sealed text: `v1.<base64url of iv, tag, ciphertext>`. */
export function secretBox(key: Uint8Array): SecretBox {
  if (key.length !== KEY_BYTES) throw new Error(`the secret key must be ${KEY_BYTES} bytes, not ${key.length}`)
  const ownKey = Buffer.from(key)
  return {
    seal(text, context) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', ownKey, iv).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return `${FORMAT}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`
    },
    open(sealed, context) {
      const [format, encoded = ''] = sealed.split('.', 2)
      const bytes = Buffer.from(encoded, 'base64url')
      if (format !== FORMAT || bytes.length < IV_BYTES + TAG_BYTES) throw new Error('not a sealed secret')
      const iv = bytes.subarray(0, IV_BYTES)
      const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', ownKey, iv, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(tag)
      try {
        const body = bytes.subarray(IV_BYTES + TAG_BYTES)
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
      } catch (cause) {
        throw new Error('a sealed secret does not open: it was changed, or the key is another one', { cause })
      }
    },
  }
}

export interface Secrets {
  readonly box: SecretBox
  /** 32 bytes for one purpose, the same after every restart; no purpose's key tells anything about another's. */
  derivedKey(purpose: string): Uint8Array
}

/**
 * The secrets of this installation: the key comes from OPENINSPECTOR_SECRET_KEY (base64, 32 bytes) when that is given, else
 * from the file `secret.key` in `home`, which is made on first use and readable by its owner only.
 */
export function openSecrets(options: { readonly home: string; readonly key: string | undefined }): Secrets {
  const key = options.key === undefined ? keyFromFile(options.home) : parseKey(options.key, 'OPENINSPECTOR_SECRET_KEY')
  return {
    box: secretBox(key),
    derivedKey: purpose => new Uint8Array(hkdfSync('sha256', key, '', purpose, KEY_BYTES)),
  }
}

function keyFromFile(home: string): Uint8Array {
  const path = join(home, 'secret.key')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const text = readKeyFile(path) ?? makeKeyFile(path)
  return parseKey(text, path)
}

function readKeyFile(path: string): string | null {
  try {
    const others = statSync(path).mode & 0o077
    if (others !== 0) throw new Error(`${path} must be readable by its owner only: run \`chmod 600 ${path}\``)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Written whole under another name and linked in place: of two processes that start at once, both use the first's key. */
function makeKeyFile(path: string): string {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    unlinkSync(draft)
  }
  return readFileSync(path, 'utf8')
}

function parseKey(text: string, origin: string): Uint8Array {
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, 'base64')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed) || key.length !== KEY_BYTES) {
    throw new Error(`${origin} must hold ${KEY_BYTES} bytes in base64 (make one with \`openssl rand -base64 32\`)`)
  }
  return key
}
