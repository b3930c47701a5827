import { crc32 } from 'node:zlib'

/** Bytes as a whole xz file that packs nothing: the container is real, its pieces are stored. (The .xz File Format 1.1.0) */
export function xzOf(content: Uint8Array): Buffer {
  const flags = Buffer.from([0, 0])
  const header = Buffer.concat([Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), flags, sum(flags)])
  // One filter (LZMA2, 8 MiB window), no sizes.
  const blockFields = Buffer.from([2, 0, 0x21, 1, 0x16, 0, 0, 0])
  const packed = Buffer.concat([...storedChunks(content), Buffer.from([0])])
  const unpaddedBytes = blockFields.length + 4 + packed.length
  const block = Buffer.concat([blockFields, sum(blockFields), padded(packed)])
  const indexFields = padded(Buffer.from([0, 1, ...number(unpaddedBytes), ...number(content.length)]))
  const index = Buffer.concat([indexFields, sum(indexFields)])
  const size = Buffer.alloc(4)
  size.writeUInt32LE(index.length / 4 - 1)
  const footerFields = Buffer.concat([size, flags])
  return Buffer.concat([header, block, index, sum(footerFields), footerFields, Buffer.from('YZ')])
}

function storedChunks(content: Uint8Array): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < content.length; at += 65_536) {
    const piece = content.subarray(at, at + 65_536)
    const head = Buffer.alloc(3)
    // The first chunk resets the window.
    head.writeUInt8(at === 0 ? 1 : 2)
    head.writeUInt16BE(piece.length - 1, 1)
    chunks.push(head, Buffer.from(piece))
  }
  return chunks
}

/** Seven bits a byte, the lowest first. */
function number(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...number(Math.floor(value / 128))]
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}

function sum(bytes: Buffer): Buffer {
  const result = Buffer.alloc(4)
  result.writeUInt32LE(crc32(bytes))
  return result
}
