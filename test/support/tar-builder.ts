/** One entry of a tar archive to build; hostile values are written as they are. */
export interface TarPart {
  readonly path: string
  readonly content?: string | Uint8Array
  readonly type?: string
  /** Permission bits; 0o644 unless given. */
  readonly mode?: number
  readonly linkTarget?: string
  /** The size to claim instead of the content's own. */
  readonly claimedSize?: number
  /** Records of a PAX header to put before the entry. */
  readonly pax?: Readonly<Record<string, string>>
  readonly corruptChecksum?: boolean
}

/** A tar archive as GNU tar would write it, with long names in `L` entries; `end` says whether it is closed properly. */
export function buildTar(parts: readonly TarPart[], end = true): Buffer {
  const blocks = parts.flatMap(part => partBlocks(part))
  return Buffer.concat(end ? [...blocks, Buffer.alloc(1024)] : blocks)
}

function partBlocks(part: TarPart): Buffer[] {
  const content = Buffer.from(part.content ?? '')
  const blocks: Buffer[] = []
  if (part.pax !== undefined) blocks.push(...withBody('x', 'PaxHeader', paxBody(part.pax)))
  if (Buffer.byteLength(part.path) > 100) {
    blocks.push(...withBody('L', '././@LongLink', Buffer.from(`${part.path}\0`)))
  }
  blocks.push(tarHeader(part, content.length), padded(content))
  return blocks
}

function withBody(type: string, path: string, body: Buffer): Buffer[] {
  return [tarHeader({ path, type }, body.length), padded(body)]
}

export function tarHeader(part: TarPart, sizeBytes: number): Buffer {
  const block = Buffer.alloc(512)
  Buffer.from(part.path).copy(block, 0, 0, 100)
  block.write(`${(part.mode ?? 0o644).toString(8).padStart(7, '0')}\0`, 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  const size = part.claimedSize ?? sizeBytes
  if (size < 8 ** 11) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  else {
    block.writeBigUInt64BE(BigInt(size), 128)
    block[124] = 0x80
  }
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write(part.type ?? '0', 156, 'latin1')
  Buffer.from(part.linkTarget ?? '').copy(block, 157, 0, 100)
  block.write('ustar  \0', 257)
  const sum = block.reduce((total, byte) => total + byte, 0) + (part.corruptChecksum === true ? 1 : 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function paxBody(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = ` ${key}=${value}\n`
      let length = Buffer.byteLength(rest)
      length += String(length + String(length).length).length
      return Buffer.from(`${length}${rest}`)
    }),
  )
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}
