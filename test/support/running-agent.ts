import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dirname, '../../bin/openinspector.ts')

export interface RunningAgent {
  readonly child: ChildProcess
  stderr(): string
  residentMib(): number
  /** Processor time in seconds of the lasting process and of all that it has started and waited for. */
  cpuSeconds(): number
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

/** `openinspector agent` as a service manager runs it. */
export function startAgent(args: readonly string[]): RunningAgent {
  const child = spawn(process.execPath, [PROGRAM, 'agent', ...args], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return {
    child,
    stderr: () => stderr,
    residentMib: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
    },
    cpuSeconds: () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      // utime, stime, cutime, cstime in hundredths of a second. (proc(5))
      return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100
    },
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
  }
}
