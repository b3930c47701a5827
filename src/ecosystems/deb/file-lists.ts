import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { type Analyzer, EMPTY_ANALYSIS, type FileAnalysis, type ScannedFile } from '../ecosystem.ts'
import { mayHoldLanguagePackage, spellingsOfOwnedPath } from '../language-paths.ts'
import { ProblemList } from '../problem.ts'

const INFO = 'var/lib/dpkg/info/'
const STATUS_D = 'var/lib/dpkg/status.d/'
/** The longest list of Debian's archive has about 5 MiB. */
const LIMIT_BYTES = 32 * 1024 * 1024
/** Language files of one package; Debian's largest JavaScript packages own a few hundred. */
const LIMIT_PATHS = 20_000

/** `info/<package>[:arch].list`: every path that the package installed, absolute, one a line. (dpkg-query(1)) */
export const dpkgFileList: Analyzer = {
  id: 'deb/dpkg-file-list',
  revision: 3,
  limitBytes: LIMIT_BYTES,
  wants: path => path.startsWith(INFO) && path.endsWith('.list') && !path.includes('/', INFO.length),
  analyze: file => ok(readOwned(file, INFO, '.list', line => line)),
}

/** `status.d/<package>.md5sums` of distroless images: digest, two blanks, relative path. */
export const distrolessFileList: Analyzer = {
  id: 'deb/distroless-file-list',
  revision: 3,
  limitBytes: LIMIT_BYTES,
  wants: path => path.startsWith(STATUS_D) && path.endsWith('.md5sums') && !path.includes('/', STATUS_D.length),
  analyze: file => ok(readOwned(file, STATUS_D, '.md5sums', line => line.replace(/^[0-9a-fA-F]{32} [ *]/, ''))),
}

function readOwned(
  file: ScannedFile,
  directory: string,
  suffix: string,
  pathOf: (line: string) => string,
): FileAnalysis {
  const problems = new ProblemList(file.path)
  const owner = file.path.slice(directory.length, -suffix.length).replace(/:[a-z0-9-]+$/, '')
  const paths: string[] = []
  for (const path of pathsThatMatter(decodeUtf8(file.bytes), pathOf)) {
    if (paths.length >= LIMIT_PATHS) {
      problems.add('limit-exceeded', `more than ${LIMIT_PATHS} language files; the rest counts as not owned`)
      break
    }
    paths.push(...spellingsOfOwnedPath(path.replace(/^(?:\.?\/)+/, '')))
  }
  if (owner === '' || paths.length === 0) return { ...EMPTY_ANALYSIS, problems: problems.all() }
  return { packages: [], distro: null, owned: [{ owner, paths }], problems: problems.all() }
}

/**
 * Paths of files which may hold packages. A directory, without an ending as programs are, is told by its content
 * on the next line.
 */
function* pathsThatMatter(text: string, pathOf: (line: string) => string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    let end = newline < 0 ? text.length : newline
    if (text.charCodeAt(end - 1) === 13) end--
    const line = text.slice(start, end)
    start = newline < 0 ? text.length : newline + 1
    const path = pathOf(line)
    if (mayHoldLanguagePackage(path) && !text.startsWith(`${line}/`, start)) yield path
  }
}
