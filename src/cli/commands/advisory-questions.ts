import { readConfig } from '../../app/config.ts'
import { diffOf, foundShape, shownShape, type Shown } from '../../app/advisory-questions.ts'
import { withCatalogue, type OpenCatalogue } from '../../app/explain.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { plainText } from '../render/plain-text.ts'
import { renderTable } from '../render/table.ts'
import { shownLines } from '../render/shown-advisory.ts'

type Format = 'table' | 'json'

/** Characters of a text that is searched for; no name or id is longer. */
const LONGEST_TEXT = 1_024
/** The most of each kind that a search prints. */
const MOST_FOUND = 1_000
/** Names and vulnerabilities of a difference that are printed for people. */
const CHANGES_SHOWN = 50

/** `openinspector advisories search TEXT`: exits with 0 also when nothing was found. */
export async function searchAdvisories(text: string, limit: number, format: Format, output: Output): Promise<ExitCode> {
  const wanted = text.trim()
  if (wanted === '' || wanted.length > LONGEST_TEXT) {
    output.note(`Search for 1 to ${LONGEST_TEXT} characters.`)
    return EXIT_CODES.usage
  }
  return asking(output, ({ catalogue }) => {
    const found = foundShape(wanted, catalogue, Math.min(limit, MOST_FOUND))
    if (format === 'json') return json(found, output)
    const table = <Row>(
      title: string,
      total: number,
      rows: readonly Row[],
      columns: Parameters<typeof renderTable<Row>>[1],
    ) => {
      if (rows.length === 0) return
      output.print(`${title}: ${rows.length === total ? total : `${rows.length} of ${total}; --limit shows more`}`)
      for (const line of renderTable(rows, columns, output.table)) output.print(`  ${line}`)
      output.print('')
    }
    table('Package names', found.names.total, found.names.items, [
      { title: 'Namespace', text: row => row.namespace },
      { title: 'Name', text: row => row.name, minWidth: 20 },
      { title: 'Entries', text: row => String(row.entryCount) },
    ])
    table('Vulnerabilities', found.vulnerabilities.total, found.vulnerabilities.items, [
      { title: 'Id', text: row => row.id, minWidth: 16 },
      { title: 'Advisories', text: row => String(row.advisoryCount) },
    ])
    table('Advisories', found.advisories.total, found.advisories.items, [
      { title: 'Id', text: row => row.id, minWidth: 16 },
      { title: 'Feed', text: row => row.feed },
      { title: 'Part', text: row => row.part },
    ])
    if (found.names.total + found.vulnerabilities.total + found.advisories.total === 0) {
      output.print(`Nothing in version ${found.advisoryVersion} is named ${plainText(wanted)}.`)
    }
    return EXIT_CODES.done
  })
}

/** Characters of the longest id that any source gives, and room to spare. */
const LONGEST_ID = 200

/** `openinspector advisories show ID`: exits with 3 when the database holds nothing of that id. */
export async function showAdvisory(id: string, format: Format, output: Output): Promise<ExitCode> {
  if (id.trim() === '' || id.length > LONGEST_ID) {
    output.note(`Name an id of 1 to ${LONGEST_ID} characters, e.g. CVE-2021-44228.`)
    return EXIT_CODES.usage
  }
  return asking(output, open => {
    const shown: Shown = shownShape(id, open)
    if (shown.records.total === 0) {
      output.note(
        plainText(`The advisories of this machine (version ${shown.advisoryVersion}) hold nothing about ${shown.id}.`),
      )
      return EXIT_CODES.failed
    }
    if (format === 'json') return json(shown, output)
    for (const line of shownLines(shown, output.table)) output.print(line)
    return EXIT_CODES.done
  })
}

/** `openinspector advisories diff`: exits with 3 when the difference cannot be told any more. */
export async function diffAdvisories(from: string | null, format: Format, output: Output): Promise<ExitCode> {
  if (from !== null && !/^[0-9a-f]{24}$/.test(from)) {
    output.note(plainText(`${from.slice(0, 100)} is no version: it has 24 digits, as \`advisories status\` shows it.`))
    return EXIT_CODES.usage
  }
  return asking(output, open => {
    const diff = diffOf(from, open)
    if (!diff.ok) {
      output.note(plainText(diff.error))
      return EXIT_CODES.failed
    }
    if (format === 'json') return json(diff.value, output)
    const { subjects, namespaces, vulnerabilities } = diff.value
    output.print(
      `From ${diff.value.from} to ${diff.value.to}: ${subjects.length} names, ${vulnerabilities.length} vulnerabilities.`,
    )
    const print = (title: string, texts: readonly string[]): void => {
      if (texts.length === 0) return
      output.print('')
      output.print(title)
      for (const text of texts.slice(0, CHANGES_SHOWN)) output.print(`  ${plainText(text)}`)
      if (texts.length > CHANGES_SHOWN) output.print(`  and ${texts.length - CHANGES_SHOWN} more (--format json)`)
    }
    print('Namespaces that are covered or decided otherwise', namespaces)
    print(
      'Names',
      subjects.map(({ namespace, name }) => `${namespace} ${name}`),
    )
    print('Vulnerabilities', vulnerabilities)
    return EXIT_CODES.done
  })
}

async function asking(output: Output, use: (open: OpenCatalogue) => ExitCode): Promise<ExitCode> {
  const config = readConfig(process.env, process.stderr.isTTY)
  if (config.ok) return withCatalogue(config.value.home, use)
  output.note(plainText(config.error))
  return EXIT_CODES.usage
}

function json(answer: object, output: Output): ExitCode {
  output.print(JSON.stringify(answer, null, 2))
  return EXIT_CODES.done
}
