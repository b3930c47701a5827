import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Runs a script of `test/support`, kills it with SIGKILL after `lines` lines of its output (and `delayMs` more), and returns
 * its lines.
 */
export async function runUntilKilled(
  script: string,
  args: readonly string[],
  lines: number,
  delayMs = 0,
): Promise<readonly string[]> {
  const path = fileURLToPath(new URL(`./${script}`, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.split('\n').length <= lines) return
    if (delayMs === 0) child.kill('SIGKILL')
    else setTimeout(() => child.kill('SIGKILL'), delayMs)
  })
  await ended
  if (child.signalCode !== 'SIGKILL') throw new Error(`${script} ended by itself (${child.exitCode}): ${output}`)
  return output.split('\n').slice(0, -1)
}
