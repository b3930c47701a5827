import type { ScannedFile } from '../../ecosystems/ecosystem.ts'
import type { CandidateFile } from '../../ecosystems/content-analyzer.ts'

/** `FRAME.file`: number, length of the path, path; the bytes follow. */
export function scannedFilePrefix(id: number, path: string): Buffer {
  const name = Buffer.from(path)
  const prefix = Buffer.allocUnsafe(8 + name.length)
  prefix.writeUInt32LE(id, 0)
  prefix.writeUInt32LE(name.length, 4)
  name.copy(prefix, 8)
  return prefix
}

export function scannedFileOf(body: Buffer): { readonly id: number; readonly file: ScannedFile } {
  const end = 8 + body.readUInt32LE(4)
  return { id: body.readUInt32LE(0), file: { path: body.toString('utf8', 8, end), bytes: body.subarray(end) } }
}

const NO_MODE = 0xffff_ffff

/** `FRAME.open`: number, size, mode, length of the path, path; the head of the file follows. */
export function openFilePrefix(id: number, { path, sizeBytes, mode }: CandidateFile): Buffer {
  const name = Buffer.from(path)
  const prefix = Buffer.allocUnsafe(20 + name.length)
  prefix.writeUInt32LE(id, 0)
  prefix.writeDoubleLE(sizeBytes, 4)
  prefix.writeUInt32LE(mode ?? NO_MODE, 12)
  prefix.writeUInt32LE(name.length, 16)
  name.copy(prefix, 20)
  return prefix
}

export function openFileOf(body: Buffer): { readonly id: number; readonly file: CandidateFile; readonly head: Buffer } {
  const end = 20 + body.readUInt32LE(16)
  const mode = body.readUInt32LE(12)
  const file = {
    path: body.toString('utf8', 20, end),
    sizeBytes: body.readDoubleLE(4),
    mode: mode === NO_MODE ? null : mode,
  }
  return { id: body.readUInt32LE(0), file, head: body.subarray(end) }
}
