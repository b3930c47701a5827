/** One paragraph of a control file: the wanted fields under their lower-case names, continuation lines left out. */
export interface Stanza {
  /** Line of its first field, counted from 1. */
  readonly line: number
  readonly fields: ReadonlyMap<string, string>
}

/** Characters of a field's name with its colon; dpkg's longest are below thirty. */
const FIELD_NAME_LIMIT = 101

/**
 * The paragraphs of a control file, those fields only. What is no field, or is given twice, is told to `onProblem` and
 * costs at most its paragraph; continuation lines (which no wanted field has) are skipped. (deb822(5))
 */
export function* readStanzas(
  text: string,
  wanted: readonly string[],
  onProblem: (line: number, reason: string) => void,
): Generator<Stanza> {
  const wantedFields = new Set(wanted)
  let fields = new Map<string, string>()
  let firstLine = 0
  let isSpoilt = false
  let line = 0
  for (let start = 0; start <= text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    line++
    const first = text.charCodeAt(start)
    if (isBlank(text, start, end)) {
      if (firstLine > 0 && !isSpoilt) yield { line: firstLine, fields }
      fields = new Map()
      firstLine = 0
      isSpoilt = false
    } else if (first === 32 || first === 9) {
      // A continuation line: part of a field such as Description or Conffiles.
      if (firstLine === 0) onProblem(line, 'a continuation line without a field before it')
    } else {
      if (firstLine === 0) firstLine = line
      // Within the line: a file without any colon would else be searched to its end for every line.
      const colon = start + text.slice(start, Math.min(end, start + FIELD_NAME_LIMIT)).indexOf(':')
      if (colon <= start) {
        if (!isSpoilt) onProblem(line, 'a line that is no field; its package is not read')
        isSpoilt = true
      } else {
        const name = text.slice(start, colon).toLowerCase()
        if (wantedFields.has(name)) {
          if (fields.has(name)) {
            if (!isSpoilt) onProblem(line, `the field ${name} twice; its package is not read`)
            isSpoilt = true
          }
          fields.set(name, text.slice(colon + 1, end).trim())
        }
      }
    }
    start = end + 1
  }
  if (firstLine > 0 && !isSpoilt) yield { line: firstLine, fields }
}

function isBlank(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 9 && code !== 13) return false
  }
  return true
}
