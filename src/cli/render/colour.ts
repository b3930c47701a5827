import type { Severity } from '../../domain/severity.ts'

/** SGR codes; bold white on red for CRITICAL, so that the worst is seen without reading. */
const SEVERITY_SGR: Readonly<Record<Severity, string>> = {
  CRITICAL: '1;97;41',
  HIGH: '31',
  MEDIUM: '33',
  LOW: '36',
  INFORMATIONAL: '2',
  UNTRIAGED: '35',
}

export function paintSeverity(severity: Severity, text: string): string {
  const bare = text.trimEnd()
  return `\u001b[${SEVERITY_SGR[severity]}m${bare}\u001b[0m${' '.repeat(text.length - bare.length)}`
}

/** Colour only on a terminal, and never against the user's word. (no-color.org) */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}
