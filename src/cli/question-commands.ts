import { type Command, Option } from 'commander'
import type { ExitCode } from './exit-codes.ts'
import { examples, parsePositive, serverUrlOption } from './options.ts'
import { processOutput } from './output.ts'

type Finish = (code: ExitCode) => void

function formatOption(): Option {
  return new Option('--format <format>', 'what to print').choices(['table', 'json']).default('table')
}

interface FormatOptions {
  readonly format: 'table' | 'json'
}

/**
 * `explain`, and the questions below `advisories`: answered from the advisory database of this machine without a server or
 * a network, except for a finding, which is on a server.
 */
export function addQuestions(program: Command, advisories: Command, finish: Finish): void {
  addExplain(program, finish)
  const lazy = () => import('./commands/advisory-questions.ts')
  advisories
    .command('search <text>')
    .description('Package names, vulnerabilities and advisories with this text in their name or id.')
    .option('--limit <count>', 'print at most this many of each kind, up to 1000', parsePositive, 20)
    .addOption(formatOption())
    .addHelpText(
      'after',
      examples(['openinspector advisories search log4j', 'openinspector advisories search CVE-2021-44228']),
    )
    .action(async (text: string, options: FormatOptions & { limit: number }) =>
      finish(await (await lazy()).searchAdvisories(text, options.limit, options.format, processOutput())),
    )
  advisories
    .command('show <id>')
    .description('Everything that the database holds about an advisory or a vulnerability.')
    .addOption(formatOption())
    .addHelpText(
      'after',
      examples(['openinspector advisories show CVE-2021-44228', 'openinspector advisories show GHSA-jfh8-c2jp-5v3q']),
    )
    .action(async (id: string, options: FormatOptions) =>
      finish(await (await lazy()).showAdvisory(id, options.format, processOutput())),
    )
  advisories
    .command('diff')
    .description('Names and vulnerabilities about which the database says something else than in an earlier version.')
    .option('--from <version>', 'the earlier version; the one before the current when left out')
    .addOption(formatOption())
    .action(async (options: FormatOptions & { from?: string }) =>
      finish(await (await lazy()).diffAdvisories(options.from ?? null, options.format, processOutput())),
    )
}

function addExplain(program: Command, finish: Finish): void {
  program
    .command('explain')
    .description(
      'Why a package is, or is not, affected by a vulnerability; or why a finding of a running server is there.',
    )
    .argument('<subject>', 'package URL, or the ARN of a finding')
    .argument('[vulnerability]', 'CVE, GHSA or the id of any advisory; with a package URL only')
    .addOption(formatOption())
    .addOption(serverUrlOption())
    .addHelpText(
      'after',
      examples([
        'openinspector explain pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1 CVE-2021-44228',
        "openinspector explain 'pkg:deb/debian/openssl@1.1.1n-0+deb11u3?distro=debian-11' CVE-2023-0286 --format json",
        'openinspector explain arn:aws:inspector2:us-east-1:123456789012:finding/0123…',
      ]),
    )
    .action(async (subject: string, vulnerability: string | undefined, options: FormatOptions & { url?: string }) => {
      const { explain } = await import('./commands/explain.ts')
      finish(await explain(subject, vulnerability ?? null, options, processOutput()))
    })
}
