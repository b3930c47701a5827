import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Distro } from '../../domain/inventory.ts'
import type { Analyzer } from '../ecosystem.ts'
import { ProblemList } from '../problem.ts'

const LIMIT_LINES = 1000
const LIMIT_VALUE_CHARACTERS = 256

/** `etc/os-release` and `usr/lib/os-release`: which distribution this is. The first wins where both exist. (os-release(5)) */
export const osRelease: Analyzer = {
  id: 'deb/os-release',
  revision: 1,
  limitBytes: 256 * 1024,
  wants: path => path === 'etc/os-release' || path === 'usr/lib/os-release',
  analyze(file) {
    const problems = new ProblemList(file.path)
    const distro = readOsRelease(decodeUtf8(file.bytes), (line, reason) =>
      problems.add('malformed-os-release', `line ${line}: ${reason}`),
    )
    return ok({ packages: [], distro, owned: null, problems: problems.all() })
  },
}

/** The distribution, `null` when the file names none; a line that cannot be read is told to `onProblem`, the rest counts. */
function readOsRelease(text: string, onProblem: (line: number, reason: string) => void): Distro | null {
  const values = new Map<string, string>()
  for (const [index, raw] of text.split('\n', LIMIT_LINES).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const assignment = /^([A-Za-z_][A-Za-z0-9_]{0,99})=(.*)$/.exec(line)
    const [, name, quotedValue] = assignment ?? []
    const value = quotedValue === undefined ? null : unquote(quotedValue)
    if (name === undefined || value === null || value.length > LIMIT_VALUE_CHARACTERS) {
      onProblem(index + 1, 'not an assignment that a shell would read')
      continue
    }
    // As in a shell, a later assignment replaces an earlier one.
    values.set(name, value)
  }
  const id = values.get('ID')?.toLowerCase()
  if (id === undefined || !/^[a-z0-9][a-z0-9._-]*$/.test(id)) {
    onProblem(0, 'no readable ID')
    return null
  }
  return {
    id,
    versionId: values.get('VERSION_ID') || null,
    codename: values.get('VERSION_CODENAME') || null,
    prettyName: values.get('PRETTY_NAME') || null,
  }
}

/** A value as a shell reads it, without expansion; `null` for what a shell would not take as one word. */
function unquote(text: string): string | null {
  const quote = text.charAt(0)
  if (quote === "'") return /^'([^']*)'$/.exec(text)?.[1] ?? null
  if (quote === '"') {
    const inner = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1]
    return inner?.replaceAll(/\\([\\"$`])/g, '$1') ?? null
  }
  return /^[^\s"'\\$`;&|<>()]*$/.test(text) ? text : null
}
