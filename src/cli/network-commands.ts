import type { Command } from 'commander'
import type { WatchNetworkOptions } from './commands/networks.ts'
import type { ExitCode } from './exit-codes.ts'
import { examples, serverUrlOption } from './options.ts'
import { processOutput } from './output.ts'

/** `openinspector network …`: how a running server describes the network of your account. */
export function addNetworkCommands(program: Command, finish: (code: ExitCode) => void): void {
  const lazy = () => import('./commands/networks.ts')
  const network = program
    .command('network')
    .description(
      'The network of your account in this Region, which a running server evaluates with those of the others.',
    )
  network
    .command('watch')
    .description('Evaluate it from now on: what is reachable becomes findings.')
    .option('--role-arn <arn>', 'role of your account that the server assumes to ask AWS')
    .option('--external-id <id>', "what that role's trust policy asks for")
    .option('--new-event-token', 'another token for notices of changes; the old one ends')
    .addOption(serverUrlOption())
    .addHelpText(
      'after',
      examples([
        'openinspector network watch --role-arn arn:aws:iam::123456789012:role/openinspector --external-id …',
        'AWS_REGION=us-east-1 openinspector network watch',
      ]),
    )
    .action(async (options: WatchNetworkOptions) => finish(await (await lazy()).watchNetwork(options, processOutput())))
  network
    .command('show')
    .description('With which role, when last, and what came of it.')
    .addOption(serverUrlOption())
    .action(async (options: { url?: string }) => finish(await (await lazy()).showNetwork(options.url, processOutput())))
  network
    .command('evaluate')
    .description('Ask AWS again now.')
    .addOption(serverUrlOption())
    .action(async (options: { url?: string }) =>
      finish(await (await lazy()).evaluateNetwork(options.url, processOutput())),
    )
  network
    .command('unwatch')
    .description(
      'Ask AWS no more. Its network findings close and its instances leave coverage, but for what agents report.',
    )
    .addOption(serverUrlOption())
    .action(async (options: { url?: string }) =>
      finish(await (await lazy()).unwatchNetwork(options.url, processOutput())),
    )
}
