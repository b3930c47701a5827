import { createHmac } from 'node:crypto'

/** Derived keys kept: a key is good for one day and Region, and a derivation costs four HMACs. */
const KEPT_KEY_LIMIT = 1_000

/** Hands out SigV4 signing keys; remembers the latest. Holds no more than the store of access keys does. */
export class SigningKeys {
  readonly #kept = new Map<string, { readonly secret: string; readonly key: Buffer }>()

  keyFor(accessKeyId: string, secret: string, date: string, region: string, service: string): Buffer {
    const name = `${accessKeyId}/${date}/${region}/${service}`
    const kept = this.#kept.get(name)
    if (kept?.secret === secret) return kept.key
    const key = deriveSigningKey(secret, date, region, service)
    this.#kept.delete(name)
    this.#kept.set(name, { secret, key })
    if (this.#kept.size > KEPT_KEY_LIMIT) {
      const oldest = this.#kept.keys().next()
      if (!oldest.done) this.#kept.delete(oldest.value)
    }
    return key
  }

  get size(): number {
    return this.#kept.size
  }
}

/** kSigning of Signature Version 4. */
function deriveSigningKey(secret: string, date: string, region: string, service: string): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), 'aws4_request')
}

export function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest()
}
