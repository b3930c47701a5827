/** The encoding standard's decoder: a global of every JavaScript runtime, declared here because pure rooms see no runtime's types. */
declare const TextDecoder: new (
  label: 'utf-8',
  options?: { readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }
declare const TextEncoder: new () => { encode(text: string): Uint8Array }

/** The text of UTF-8 bytes, without a byte order mark; what is not UTF-8 becomes U+FFFD, so nothing here can fail. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes)
}

/** As `decodeUtf8`, byte order mark included: for names, where every byte counts. Quick for short text. */
export function utf8TextOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    if (byte > 127) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    text += String.fromCharCode(byte)
  }
  return text
}

/** The UTF-8 bytes of a text; half a surrogate pair becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
