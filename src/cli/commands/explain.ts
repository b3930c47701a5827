import { readConfig } from '../../app/config.ts'
import { explainPackage, packageOfPurl, vulnerabilityNamed, withCatalogue } from '../../app/explain.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { explanationLines } from '../render/explanation.ts'
import { plainText } from '../render/plain-text.ts'

export interface ExplainOptions {
  readonly format: 'table' | 'json'
  /** The server to ask about a finding. */
  readonly url?: string
}

/** `openinspector explain PURL VULNERABILITY`, or `FINDING-ARN` of a running server. */
export async function explain(
  subject: string,
  vulnerability: string | null,
  options: ExplainOptions,
  output: Output,
): Promise<ExitCode> {
  if (subject.startsWith('arn:')) {
    if (!FINDING_ARN.test(subject)) {
      return wrongUse(
        `${subject.slice(0, 200)} is no ARN of a finding: arn:aws:inspector2:REGION:ACCOUNT:finding/ID.`,
        output,
      )
    }
    if (vulnerability !== null) return wrongUse('A finding is about one vulnerability: give its ARN alone.', output)
    const { explainFinding } = await import('./explain-finding.ts')
    return explainFinding(subject, options, output)
  }
  if (vulnerability === null)
    return wrongUse('Name the vulnerability after the package URL, e.g. CVE-2021-44228.', output)
  if (vulnerability.length > LONGEST_ID) return wrongUse(`No id has more than ${LONGEST_ID} characters.`, output)
  return explainPurl(subject, vulnerability, options.format, output)
}

const FINDING_ARN = /^arn:[a-z-]{1,20}:inspector2:[a-z0-9-]{1,30}:[0-9]{1,20}:finding\/\S{1,100}$/

/** Characters of the longest id that any source gives, and room to spare. */
const LONGEST_ID = 200

/** From the local advisory database, without a server or a network. */
async function explainPurl(
  purl: string,
  asked: string,
  format: ExplainOptions['format'],
  output: Output,
): Promise<ExitCode> {
  const config = readConfig(process.env, process.stderr.isTTY)
  if (!config.ok) return wrongUse(config.error, output)
  const pkg = packageOfPurl(purl)
  if (!pkg.ok) return wrongUse(pkg.error, output)
  return withCatalogue(config.value.home, open => {
    const id = vulnerabilityNamed(asked, open.catalogue)
    if (!id.ok) return wrongUse(id.error, output)
    const explained = explainPackage(pkg.value, id.value, asked, open)
    if (format === 'json') output.print(JSON.stringify({ purl, ...explained }, null, 2))
    else for (const line of explanationLines(explained, output.table.colour)) output.print(line)
    return EXIT_CODES.done
  })
}

function wrongUse(sentence: string, output: Output): ExitCode {
  output.note(plainText(sentence))
  return EXIT_CODES.usage
}
