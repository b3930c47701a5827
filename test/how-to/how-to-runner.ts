import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Every ```bash block of a page, in order. */
export function bashBlocks(page: string): readonly string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^```bash\n([\s\S]*?)^```$/gm)].map(match => match[1] ?? '')
}

export interface BlockOutput {
  readonly block: string
  readonly stdout: string
}

const MARK = '@@@ end of block'

/**
 * Runs the blocks of a page in one bash, as a reader would paste them into one terminal, in `directory`. Stops at the
 * first command that fails, with everything that was printed.
 */
export async function runHowTo(
  page: string,
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly BlockOutput[]> {
  const blocks = bashBlocks(page)
  const script = ['set -euo pipefail', ...blocks.map(block => `${block}\necho '${MARK}'`)].join('\n')
  const shell = spawn('bash', ['-c', script], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // Servers that the page starts keep the pipes open: what counts is that the shell has ended.
  const code = await new Promise<number | null>(resolve => shell.on('exit', resolve))
  shell.stdout.destroy()
  shell.stderr.destroy()
  const outputs = stdout.split(`${MARK}\n`)
  if (code !== 0) {
    throw new Error(
      `${page}: block ${outputs.length} ended with ${code}:\n${blocks[outputs.length - 1]}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`,
    )
  }
  return blocks.map((block, index) => ({ block, stdout: outputs[index] ?? '' }))
}
