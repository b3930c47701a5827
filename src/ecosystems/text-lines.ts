/** Longest line that is looked at. No line that a reader wants is longer; a hostile one would only cost time. */
const LIMIT_LINE_CHARACTERS = 8192

/** Lines of a text without their line ends; what a line has beyond the limit is cut. */
export function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(start, Math.min(end, start + LIMIT_LINE_CHARACTERS))
    yield line.endsWith('\r') ? line.slice(0, -1) : line
    start = end + 1
  }
}

/** Spaces at the start of a line. */
export function indentOf(line: string): number {
  let spaces = 0
  while (line.charCodeAt(spaces) === 32) spaces++
  return spaces
}

/** The directory of a file with its closing slash; empty for the root. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}
