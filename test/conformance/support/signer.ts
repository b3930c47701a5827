import { createHash, createHmac } from 'node:crypto'
import type { Hash, Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'

/** The hash that the SDK's signer asks for: keyed when it is given a secret. */
class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', keyOf(secret))
  }

  update(data: Uint8Array): void {
    this.#hash.update(data)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()))
  }

  reset(): void {
    throw new Error('the signer does not reset its hashes')
  }
}

function keyOf(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === 'string') return secret
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret)
}

/** The official signer, as the other side of our verifier. */
export function officialSigner(
  key: { readonly id: string; readonly secret: string },
  { region = 'eu-west-1', service = 'inspector2' } = {},
): SignatureV4 {
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret }
  return new SignatureV4({ credentials, region, service, sha256: Sha256 })
}
