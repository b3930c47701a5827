// A short-lived process of the agent: `agent-task-main.ts TASK SETTINGS VERSION`. Started by supervise-agent.ts only.
import type { AgentSettings, AgentTask, TaskOutcome } from './agent-settings.ts'
import { runAgentTask } from './agent-task.ts'

const [task = 'report', settings = '{}', version = ''] = process.argv.slice(2)
// An agent that was killed leaves no process behind that writes into the state of the next one.
process.stdin.on('end', () => process.exit(1)).on('error', () => process.exit(1))
process.stdin.resume()

let outcome: TaskOutcome
try {
  outcome = await runAgentTask(task as AgentTask, JSON.parse(settings) as AgentSettings, version)
} catch (thrown) {
  const error = thrown instanceof Error ? thrown.message : String(thrown)
  outcome = { isDone: false, isKept: false, error, needsPerson: false, checkInSeconds: null }
}
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0))
