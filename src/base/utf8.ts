/** The encoding standard's decoder: a global of every JavaScript runtime, declared here because pure rooms see no runtime's types. */
declare const TextDecoder: new (label: 'utf-8') => { decode(bytes: Uint8Array): string }

/** The text of UTF-8 bytes, without a byte order mark; what is not UTF-8 becomes U+FFFD, so nothing here can fail. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes)
}
