import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis } from '../ecosystem.ts'
import { ProblemList } from '../problem.ts'
import { linesOf } from '../text-lines.ts'

const LIMIT_LINES = 10_000

/**
 * Which branch of Alpine packages come from: os-release says what the image began as, this file what `apk` installs from,
 * `https://dl-cdn.alpinelinux.org/alpine/v3.18/main` or `…/edge/community`. Where it names several, the newest wins, as apk
 * takes the highest version that any of them has. A repository with a tag (`@edge https://…`) is only used for packages
 * that somebody asked for by it, and does not count. (matching-and-feeds §2.5; apk-repositories(5))
 */
export const apkRepositories: Analyzer = {
  id: 'apk/repositories',
  revision: 1,
  limitBytes: 1024 * 1024,
  wants: path => path === 'etc/apk/repositories',
  analyze(file) {
    const problems = new ProblemList(file.path)
    const branches = new Set<string>()
    let count = 0
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      if (++count > LIMIT_LINES) {
        problems.add('limit-exceeded', `more than ${LIMIT_LINES} lines; further ones are not read`)
        break
      }
      const branch = branchOf(line.trim())
      if (branch !== null) branches.add(branch)
    }
    const versionId = newestOf([...branches])
    const release = versionId === null ? {} : { packageRelease: { distroId: 'alpine', versionId } }
    return ok({ ...EMPTY_ANALYSIS, problems: problems.all(), ...release })
  },
}

/** `etc/alpine-release`, the version alone: for images without os-release. (matching-and-feeds §4.1) */
export const alpineRelease: Analyzer = {
  id: 'apk/alpine-release',
  revision: 1,
  limitBytes: 4 * 1024,
  wants: path => path === 'etc/alpine-release',
  analyze(file) {
    const versionId = decodeUtf8(file.bytes).trim()
    if (!/^[0-9][0-9A-Za-z._-]{0,60}$/.test(versionId)) {
      const problem = { path: file.path, reason: 'malformed-os-release', detail: 'not a version of Alpine' }
      return ok({ ...EMPTY_ANALYSIS, problems: [problem] })
    }
    const distro: FileAnalysis['distro'] = { id: 'alpine', versionId, codename: null, prettyName: null }
    return ok({ ...EMPTY_ANALYSIS, distro })
  },
}

/**
 * The branch of an official repository, wherever it is mirrored: its address ends in branch and `main` or `community`.
 * `latest-stable` moves, and says nothing of what was installed.
 */
function branchOf(line: string): string | null {
  if (line.startsWith('#') || line.startsWith('@')) return null
  return (
    /^\S{1,2000}\/(edge|v[0-9]{1,2}\.[0-9]{1,3})\/(?:main|community)\/?$/.exec(line)?.[1]?.replace(/^v/, '') ?? null
  )
}

function newestOf(branches: readonly string[]): string | null {
  const number = (branch: string): number => {
    if (branch === 'edge') return Number.POSITIVE_INFINITY
    const [major = 0, minor = 0] = branch.split('.', 2).map(Number)
    return major * 1_000 + minor
  }
  return branches.toSorted((a, b) => number(b) - number(a))[0] ?? null
}
