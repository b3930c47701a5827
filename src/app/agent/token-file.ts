import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { err, ok, type Result } from '../../base/result.ts'

const TOKEN = /^oih_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/
const MOST_BYTES = 1_024

/** Reads the token, if nobody but its owner can. The error names the file and what to do, never the content. */
export function readTokenFile(path: string): Result<string, string> {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (thrown) {
    return err(`cannot read the token file ${path}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) return err(`the token file ${path} is not a regular file`)
    const own = process.geteuid?.()
    if (stat.uid !== 0 && stat.uid !== own) return err(`the token file ${path} belongs to another user`)
    if ((stat.mode & 0o077) !== 0) return err(`others can read the token file ${path}: chmod 600 ${path}`)
    const buffer = Buffer.alloc(MOST_BYTES)
    const token = buffer.toString('utf8', 0, readSync(descriptor, buffer)).trim()
    return TOKEN.test(token) ? ok(token) : err(`the token file ${path} holds no token of \`openinspector hosts add\``)
  } finally {
    closeSync(descriptor)
  }
}
