import { InvalidArgumentError, Option } from 'commander'
import { SEVERITIES, type Severity } from '../domain/severity.ts'

/** The option of every command that speaks to a running server. */
export function serverUrlOption(): Option {
  return new Option('--url <url>', 'the server; else AWS_ENDPOINT_URL_INSPECTOR2, else http://127.0.0.1:8520')
}

/** Every value of an option that may be given again. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text]
}

/** A whole number from 1 on; anything else is an error of the command line. */
export function parsePositive(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It is a whole number from 1 on.')
  return number
}

/** A severity that findings can have, in any case. */
export function parseSeverity(text: string): Severity {
  const severity = SEVERITIES.find(name => name === text.toUpperCase())
  if (severity === undefined || severity === 'UNTRIAGED') {
    throw new InvalidArgumentError('It is one of INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL.')
  }
  return severity
}

/** Command lines for the end of a command's help. */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map(line => `  $ ${line}`).join('\n')}\n`
}
