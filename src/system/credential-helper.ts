import { spawn } from 'node:child_process'

import { err, ok, type Result } from '../base/result.ts'
import type { RegistryLogin } from '../inventory/registry-client.ts'

/** Milliseconds that a helper gets: some ask a person, or a keychain that does. */
const HELPER_TIMEOUT_MS = 60_000
const OUTPUT_LIMIT_BYTES = 256 * 1024

/**
 * Asks the program `docker-credential-<helper>` for a login, `null` when it knows none. It runs as this process does, with its environment: only ever
 * called when somebody allowed it. (docker-credential-helpers, protocol `get`)
 */
export async function askCredentialHelper(
  helper: string,
  server: string,
): Promise<Result<RegistryLogin | null, string>> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/.test(helper)) {
    return err(`${JSON.stringify(helper.slice(0, 100))} is no name of a credential helper`)
  }
  const program = `docker-credential-${helper}`
  const ended = await run(program, server)
  if (!ended.ok) return ended
  const { status, output } = ended.value
  // The protocol tells "not found" with this text and a status of 1.
  if (status !== 0) return /credentials not found/i.test(output) ? ok(null) : err(`${program} ended with ${status}`)
  try {
    const answer: unknown = JSON.parse(output)
    if (typeof answer === 'object' && answer !== null && 'Username' in answer && 'Secret' in answer) {
      const { Username: username, Secret: password } = answer
      if (typeof username === 'string' && typeof password === 'string') return ok({ username, password })
    }
  } catch {
    // Told below, without what it printed: that may be a secret.
  }
  return err(`${program} gave no login that can be read`)
}

function run(program: string, input: string): Promise<Result<{ status: number; output: string }, string>> {
  return new Promise(resolve => {
    const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'] })
    const pieces: Buffer[] = []
    let sizeBytes = 0
    const stop = (): void => {
      child.kill('SIGKILL')
      // What it started may live on with the other end: it is not waited for.
      child.stdout.destroy()
    }
    const timer = setTimeout(stop, HELPER_TIMEOUT_MS)
    const end = (result: Result<{ status: number; output: string }, string>): void => {
      clearTimeout(timer)
      resolve(result)
    }
    child.stdout.on('data', (piece: Buffer) => {
      sizeBytes += piece.length
      if (sizeBytes <= OUTPUT_LIMIT_BYTES) pieces.push(piece)
      else stop()
    })
    child.once('error', error => end(err(`${program} cannot be run: ${error.message}`)))
    child.once('close', (status, signal) => {
      if (signal !== null) end(err(`${program} was stopped: it took too long or said too much`))
      else end(ok({ status: status ?? 0, output: Buffer.concat(pieces).toString('utf8') }))
    })
    // A helper that ends before it has read is told by its status.
    child.stdin.on('error', () => undefined)
    child.stdin.end(`${input.replaceAll(/[\r\n]/g, '')}\n`)
  })
}
