import { ok } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { isInsideDependency } from '../dependency-paths.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages } from '../found-packages.ts'
import { indentOf, linesOf } from '../text-lines.ts'

const isRepository = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[\w.-]{1,100}$/.test(text)

/** `uses:` at the start of a line or list item, or inside `{…}` there; plain or in quotes. */
const USES = /^(?:\{(?:.*,)?\s*)?(?:uses|"uses"|'uses')\s*:\s+(?:"([^"]*)"|'([^']*)'|([^\s"'#{},]+))/
/** A key whose text follows on deeper lines: what stands there is a script or message, not the workflow's. */
const BLOCK_TEXT = /^[^#]*:\s*[|>][+-]?[0-9]?[+-]?\s*(?:#.*)?$/

/**
 * Workflows in `.github/workflows/`: the actions and reusable workflows of other repositories that they use, at the
 * reference as written. Read line by line; a file without any is fine. (docs.github.com, workflow syntax, `uses`)
 */
export const workflow: Analyzer = {
  id: 'githubactions/workflow',
  revision: 2,
  limitBytes: 1024 * 1024,
  wants: path => /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path) && !isInsideDependency(path),
  analyze(file) {
    const found = new FoundPackages(file.path, { type: 'githubactions', manager: 'OTHER', isName: isRepository })
    let textColumn: number | null = null
    for (const line of linesOf(decodeUtf8(file.bytes))) {
      if (line.trim() === '') continue
      const column = columnOfKey(line)
      if (textColumn !== null && indentOf(line) > textColumn) continue
      const content = line.slice(column)
      textColumn = BLOCK_TEXT.test(content) ? column : null
      const [, inDouble, inSingle, plain] = USES.exec(content) ?? []
      addUse(inDouble ?? inSingle ?? plain, found)
    }
    return ok(found.analysis())
  },
}

/** Actions of the same repository (`./…`), containers (`docker://…`) and expressions name no action of GitHub. */
function addUse(use: string | undefined, found: FoundPackages): void {
  if (use === undefined || /^(?:\.\/|docker:|\$)/.test(use)) return
  const at = use.indexOf('@')
  const [owner = '', repository = ''] = use.slice(0, at < 0 ? undefined : at).split('/', 3)
  found.add(`${owner}/${repository}`, at < 0 ? undefined : use.slice(at + 1))
}

/** Where the first key of a line begins, past blanks and the hyphens of lists. */
function columnOfKey(line: string): number {
  let column = 0
  while (line.charAt(column) === ' ' || (line.charAt(column) === '-' && line.charAt(column + 1) === ' ')) column++
  return column
}
