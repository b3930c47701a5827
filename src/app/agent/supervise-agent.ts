import { spawn, type ChildProcess } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../../base/log.ts'
import { AgentSchedule } from './agent-schedule.ts'
import type { AgentSettings, AgentTask, TaskOutcome } from './agent-settings.ts'
import { watchPackages } from './package-watch.ts'

const TASK_PROGRAM = join(import.meta.dirname, 'agent-task-main.ts')

/** Heap in megabytes of a short-lived process: package databases of large systems are read whole. */
const TASK_HEAP_MEGABYTES = 512
/** Minutes after which a process is ended, whatever it does: a disk may hang. */
const TASK_MINUTES: Readonly<Record<AgentTask, number>> = { report: 6, send: 3, search: 18 }
const MOST_OUTPUT_CHARACTERS = 10_000
/** Longest time in milliseconds that a timer may have. */
const LONGEST_TIMER_MS = 3_600_000

/**
 * Runs the agent until it is stopped. This process only waits: whatever takes memory or speaks to the network is done by
 * processes that end. It loads next to nothing, so that it stays small.
 */
export function superviseAgent(settings: AgentSettings, agentVersion: string, log: Log): { stop(): void } {
  const schedule = new AgentSchedule(settings, now(), searchedAt(settings), Math.random)
  const running = new Set<ChildProcess>()
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  function tick(): void {
    if (isStopped) return
    for (let task = schedule.next(now()); task !== null; task = schedule.next(now())) begin(task)
    clearTimeout(timer)
    timer = setTimeout(tick, Math.min(LONGEST_TIMER_MS, schedule.waitMs(now())))
  }

  function begin(task: AgentTask): void {
    const startedAt = now()
    const child = startTask(task, settings, agentVersion)
    running.add(child)
    void outcomeOf(child, TASK_MINUTES[task]).then(outcome => {
      running.delete(child)
      if (isStopped) return
      schedule.ended(task, outcome, now())
      const fields = { task, durationMs: now() - startedAt }
      if (outcome.isDone) log.info('task done', fields)
      else log.warn('task failed', { ...fields, error: outcome.error, needsPerson: outcome.needsPerson })
      tick()
    })
  }

  const watching = watchPackages(settings.root, settings.pollSeconds, () => {
    schedule.changed(now())
    tick()
  })
  tick()
  log.info('agent watches', { server: settings.server, root: settings.root, version: agentVersion })
  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
      watching.close()
      for (const child of running) child.kill('SIGTERM')
    },
  }
}

/** The child gets no environment but what it needs, and a pipe whose end tells it that we are gone. */
function startTask(task: AgentTask, settings: AgentSettings, agentVersion: string): ChildProcess {
  const kept = ['NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'TZ']
  const env = Object.fromEntries(
    kept.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  const flags = [`--max-old-space-size=${TASK_HEAP_MEGABYTES}`]
  return spawn(process.execPath, [...flags, TASK_PROGRAM, task, JSON.stringify(settings), agentVersion], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
}

function outcomeOf(child: ChildProcess, minutes: number): Promise<TaskOutcome> {
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(0, MOST_OUTPUT_CHARACTERS)
  })
  const timeout = setTimeout(() => child.kill('SIGKILL'), minutes * 60_000)
  return new Promise(resolve => {
    const end = (how: string): void => {
      clearTimeout(timeout)
      resolve(readOutcome(output) ?? brokenOff(how))
    }
    child.on('error', error => end(error.message))
    child.on('close', (code, signal) => end(signal === null ? `it ended with ${code}` : `it was ended by ${signal}`))
  })
}

function readOutcome(output: string): TaskOutcome | null {
  try {
    // Written by our own program.
    return JSON.parse(output) as TaskOutcome
  } catch {
    return null
  }
}

function brokenOff(error: string): TaskOutcome {
  return { isDone: false, isKept: false, error, needsPerson: false, checkInSeconds: null }
}

/** Epoch milliseconds by a clock that never goes back: a machine whose time is set must not fall silent. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

/** As agent-state.ts says, without loading it. */
function searchedAt({ stateDirectory }: AgentSettings): number | null {
  return statSync(join(stateDirectory, 'searched.json.gz'), { throwIfNoEntry: false })?.mtimeMs ?? null
}
