import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSettings } from './agent-settings.ts'

const AGENT_PROGRAM = join(import.meta.dirname, 'agent-main.ts')

/**
 * Makes this process the agent and does not return: the command line and what it loaded are left behind (15 MB). The
 * cache of compiled sources spares the lasting process the compiler (17 MB), so it is filled first by another one.
 */
export function becomeAgent(settings: AgentSettings, agentVersion: string): never {
  const cache = join(settings.stateDirectory, 'compiled')
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const env = { ...process.env, NODE_COMPILE_CACHE: cache, MALLOC_ARENA_MAX: '1' }
  const flags = ['--max-semi-space-size=1', '--max-old-space-size=64']
  spawnSync(process.execPath, [...flags, AGENT_PROGRAM], { env, stdio: 'ignore', timeout: 30_000 })
  const command = [process.execPath, ...flags, AGENT_PROGRAM, JSON.stringify(settings), agentVersion]
  if (process.execve === undefined) throw new Error('the agent runs on Linux and macOS')
  return process.execve(process.execPath, command, env)
}
