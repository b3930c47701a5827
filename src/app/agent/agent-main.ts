// The lasting process of the agent: `agent-main.ts SETTINGS VERSION`. Becomes of `openinspector agent` by execve(2).
import type { AgentSettings } from './agent-settings.ts'
import type { Log, LogFields } from '../../base/log.ts'
import { superviseAgent } from './supervise-agent.ts'

/** JSON lines on standard error, for the journal; the server's log would cost as much memory as all else here. */
function lines(): Log {
  const write = (level: string) => (message: string, fields?: LogFields) =>
    void process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), msg: message, ...fields })}\n`)
  return { debug() {}, info: write('info'), warn: write('warn'), error: write('error') }
}

const [settings = '', version = ''] = process.argv.slice(2)
// Without settings it only fills the compile cache.
if (settings !== '') {
  const agent = superviseAgent(JSON.parse(settings) as AgentSettings, version, lines())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => agent.stop())
}
