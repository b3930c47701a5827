import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AGENT_RATE_LIMIT } from '../../src/api/agent/agent-door.ts'
import { INFLATED_REPORT_LIMIT_BYTES, REPORT_LIMIT_BYTES } from '../../src/api/agent/report-schema.ts'
import { DEFAULT_PATHS } from '../../src/app/agent/agent-settings.ts'
import { RUNTIME_LIMITS } from '../../src/domain/runtime-facts.ts'

const ROOT = join(import.meta.dirname, '../..')
const reference = readFileSync(join(ROOT, 'docs/reference/agent.md'), 'utf8')
const howTo = readFileSync(join(ROOT, 'docs/how-to/agent.md'), 'utf8')
const unit = readFileSync(join(ROOT, 'packaging/openinspector-agent.service'), 'utf8')

describe('the pages about the agent', () => {
  it('have the bounds of the code', () => {
    const { sockets, packages, filesPerPackage, unownedFiles } = RUNTIME_LIMITS
    const listed = [sockets, packages, filesPerPackage, unownedFiles]
      .map(count => count.toLocaleString('en'))
      .join(', ')

    expect(reference).toContain(`${REPORT_LIMIT_BYTES / 2 ** 20} MiB`)
    expect(reference).toContain(`${INFLATED_REPORT_LIMIT_BYTES / 2 ** 20} MiB`)
    expect(reference).toContain(listed)
    expect(reference).toContain(`${AGENT_RATE_LIMIT.burst} at once`)
  })

  it('name the paths that are searched', () => {
    for (const path of DEFAULT_PATHS) expect(howTo).toContain(`\`/${path}\``)
  })
})

/** Files that a program loads, itself included: imports of types load nothing. */
function loadedBy(path: string, seen = new Set<string>()): ReadonlySet<string> {
  seen.add(path)
  if (path.startsWith('node:')) return seen
  const text = readFileSync(path, 'utf8')
  for (const [, from = ''] of text.matchAll(/^import (?!type )[^']*'([^']+)'/gm)) {
    const next = from.startsWith('.') ? join(path, '..', from) : from
    if (!seen.has(next)) loadedBy(next, seen)
  }
  return seen
}

describe('the lasting process', () => {
  it('loads next to nothing, and nothing that speaks to the network', () => {
    const loaded = [...loadedBy(join(ROOT, 'src/app/agent/agent-main.ts'))]

    expect(loaded.map(path => path.replace(`${ROOT}/`, '').replace('src/app/agent/', '')).sort()).toEqual([
      'agent-main.ts',
      'agent-schedule.ts',
      'agent-settings.ts',
      'node:child_process',
      'node:fs',
      'node:path',
      'package-watch.ts',
      'supervise-agent.ts',
    ])
  })
})

describe('the systemd unit', () => {
  it('starts the agent, bounded and without powers', () => {
    expect(unit).toMatch(/^ExecStart=\S+\/bin\/openinspector agent --server \S+ --token-file \S+$/m)
    for (const name of [
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'MemoryMax=',
      'CPUQuota=',
      'Nice=',
      'StateDirectory=',
    ]) {
      expect(unit).toContain(name)
    }
  })
})
