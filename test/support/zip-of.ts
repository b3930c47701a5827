import { crc32, deflateRawSync } from 'node:zlib'

/** A file for `zipOf`; the overrides let a test lie about it. */
export interface ZipFile {
  readonly name: string
  readonly content: string | Uint8Array
  readonly claimedSize?: number
  /** Stored as it is, not deflated. */
  readonly isStored?: boolean
  /** Sizes behind the content, with their mark or without, and none in front of it. */
  readonly sizes?: 'behind' | 'behind-unmarked'
  /** Bytes in front of it that belong to no member. */
  readonly gap?: Uint8Array
  /** What the directory calls it; `null` where the directory does not list it. */
  readonly listedAs?: string | null
}

/** A zip archive of these files, for tests. (PKWARE APPNOTE 6.3, without zip64) */
export function zipOf(files: readonly ZipFile[], claimedEntries = files.length): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const file of files) {
    const raw = Buffer.from(file.content)
    const data = file.isStored === true ? raw : deflateRawSync(raw)
    const gap = Buffer.from(file.gap ?? [])
    const sizes = Buffer.alloc(12)
    sizes.writeUInt32LE(crc32(raw), 0)
    sizes.writeUInt32LE(data.length, 4)
    sizes.writeUInt32LE(file.claimedSize ?? raw.length, 8)
    const header = (name: string, ownSizes: Buffer): Buffer => {
      const shared = Buffer.alloc(26)
      shared.writeUInt16LE(20, 0)
      shared.writeUInt16LE(file.sizes === undefined ? 0x800 : 0x808, 2)
      shared.writeUInt16LE(file.isStored === true ? 0 : 8, 4)
      ownSizes.copy(shared, 10)
      shared.writeUInt16LE(Buffer.byteLength(name), 22)
      return shared
    }
    const own = header(file.name, file.sizes === undefined ? sizes : Buffer.alloc(12))
    const mark = Buffer.from(file.sizes === 'behind' ? 'PK\x07\x08' : '', 'latin1')
    const behind = file.sizes === undefined ? [] : [mark, sizes]
    const central = Buffer.alloc(14)
    central.writeUInt32LE(offset + gap.length, 10)
    const body = Buffer.concat([gap, Buffer.from('PK\x03\x04', 'latin1'), own, Buffer.from(file.name), data, ...behind])
    bodies.push(body)
    const listedAs = file.listedAs === undefined ? file.name : file.listedAs
    if (listedAs !== null) {
      const mark = Buffer.from('PK\x01\x02\x14\x00', 'latin1')
      directory.push(Buffer.concat([mark, header(listedAs, sizes), central, Buffer.from(listedAs)]))
    }
    offset += body.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(claimedEntries & 0xffff, 8)
  end.writeUInt16LE(claimedEntries & 0xffff, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...bodies, listed, end])
}
