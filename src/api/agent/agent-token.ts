import { createHash, timingSafeEqual } from 'node:crypto'
import { err, ok, type Result } from '../../base/result.ts'
import type { Host, HostStore } from '../../scanning/host-store.ts'
import { apiError, type ApiError } from '../protocol/errors.ts'

/** `oih_`, the 16 digits of the host's id, and a secret of 256 bits; the id in it lets the host be found by key. */
const TOKEN = /^Bearer oih_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/i

/** The token of a host as it is shown once. */
export function formatAgentToken(hostId: string, secret: string): string {
  return `oih_${hostId.replace(/^host-/, '')}_${secret}`
}

/** SHA-256 of the text, in hexadecimal. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Finds the host whose token the request carries; an unknown host and a wrong token are not told apart. */
export async function authenticateAgent(
  authorization: readonly string[],
  hosts: Pick<HostStore, 'find'>,
): Promise<Result<Host, ApiError>> {
  const [, digits, secret] = (authorization.length === 1 ? TOKEN.exec(authorization[0] ?? '') : null) ?? []
  const refused = err(apiError('wrong-agent-token', {}))
  if (digits === undefined || secret === undefined) return refused
  const host = await hosts.find(`host-${digits}`)
  // Hashes have one length whatever was sent, and comparing them takes one time.
  const isGenuine = timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(host?.tokenHash ?? hashOf('')))
  return host !== null && isGenuine ? ok(host) : refused
}
