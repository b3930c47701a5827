import { crc32, deflateRawSync } from 'node:zlib'

/** A file for `zipOf`; the overrides let a test lie about it. */
export interface ZipFile {
  readonly name: string
  readonly content: string | Uint8Array
  readonly claimedSize?: number
}

/** A zip archive of these files, for tests. (PKWARE APPNOTE 6.3, without zip64) */
export function zipOf(files: readonly ZipFile[], claimedEntries = files.length): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, claimedSize } of files) {
    const raw = Buffer.from(content)
    const data = deflateRawSync(raw)
    const nameBytes = Buffer.from(name)
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(0x800, 2)
    shared.writeUInt16LE(8, 4)
    shared.writeUInt32LE(crc32(raw), 10)
    shared.writeUInt32LE(data.length, 14)
    shared.writeUInt32LE(claimedSize ?? raw.length, 18)
    shared.writeUInt16LE(nameBytes.length, 22)
    const central = Buffer.alloc(14)
    central.writeUInt32LE(offset, 10)
    const body = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, nameBytes, data])
    bodies.push(body)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), shared, central, nameBytes]))
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
