/** JSON as everybody reads it; commas outside of texts that a closing bracket follows become blanks. */
export function withoutTrailingCommas(bytes: Uint8Array): Uint8Array {
  const json = bytes.slice()
  let comma = -1
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0
    if (byte === 0x22) {
      comma = -1
      for (at++; at < json.length && json[at] !== 0x22; at++) if (json[at] === 0x5c) at++
    } else if (byte === 0x2c) comma = at
    else if (byte === 0x5d || byte === 0x7d) {
      if (comma >= 0) json[comma] = 0x20
      comma = -1
    } else if (byte > 0x20) comma = -1
  }
  return json
}
