import { wantsColour } from './render/colour.ts'
import type { TableOptions } from './render/table.ts'

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Output {
  readonly table: TableOptions
  /** Whether standard error is a terminal that a progress line may be rewritten on. */
  readonly live: boolean
  print(line: string): void
  note(line: string): void
  /** Shows `line` in place of the last progress; nothing when nobody watches. */
  progress(line: string): void
  endProgress(): void
}

/** Widest progress line; a longer one would wrap and could not be rewritten. */
const PROGRESS_WIDTH = 78

export function processOutput(): Output {
  const { stdout, stderr, env } = process
  if (!stdout.listeners('error').includes(endQuietly)) stdout.on('error', endQuietly)
  let shown = false
  const clear = (): void => {
    if (shown) stderr.write('\r\u001b[2K')
    shown = false
  }
  return {
    table: { width: stdout.isTTY ? stdout.columns : null, colour: wantsColour(stdout, env) },
    live: stderr.isTTY,
    print(line) {
      clear()
      stdout.write(`${line}\n`)
    },
    note(line) {
      clear()
      stderr.write(`${line}\n`)
    },
    progress(line) {
      if (!stderr.isTTY) return
      clear()
      stderr.write(line.slice(0, PROGRESS_WIDTH))
      shown = true
    },
    endProgress: clear,
  }
}

/** A reader that has seen enough (`| head`) closes the pipe; what it did not want is no failure of the command. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
