import { Option, type Command } from 'commander'
import type { FindingsOptions } from './commands/findings.ts'
import type { ExitCode } from './exit-codes.ts'
import { examples, parsePositive, serverUrlOption } from './options.ts'
import { processOutput } from './output.ts'

/** `openinspector findings` */
export function addFindingCommands(program: Command, finish: (code: ExitCode) => void): void {
  program
    .command('findings')
    .description('Findings of a running server, those that matter most first, and why.')
    .addOption(
      new Option('--sort <order>', 'what comes first: docs/reference/score.md explains the risk')
        .choices(['risk', 'severity', 'score', 'epss'])
        .default('risk'),
    )
    .addOption(
      new Option('--status <status>', 'which ones').choices(['ACTIVE', 'SUPPRESSED', 'CLOSED']).default('ACTIVE'),
    )
    .addOption(
      new Option('--type <type>', 'only vulnerable packages, or open network paths').choices(['package', 'network']),
    )
    .option('--resource <id>', 'only those of this resource')
    .option('--limit <count>', 'how many', parsePositive, 50)
    .addOption(new Option('--format <format>', 'what to print').choices(['table', 'json']).default('table'))
    .addOption(serverUrlOption())
    .addHelpText(
      'after',
      examples(['openinspector findings', 'openinspector findings --type network --resource i-0123456789abcdef0']),
    )
    .action(async (options: FindingsOptions) =>
      finish(await (await import('./commands/findings.ts')).showFindings(options, processOutput())),
    )
}
