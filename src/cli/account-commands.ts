import type { Command } from 'commander'
import type { ExitCode } from './exit-codes.ts'
import { serverUrlOption } from './options.ts'
import { processOutput } from './output.ts'

/** `openinspector account …`: the accounts of a running server. */
export function addAccountCommands(program: Command, finish: (code: ExitCode) => void): void {
  program
    .command('account')
    .description('Accounts of a running server.')
    .command('add')
    .argument('<account>', 'twelve digits')
    .description('Make another account, with scanning on in this Region; the secret of its first key is shown once.')
    .addOption(serverUrlOption())
    .action(async (accountId: string, options: { url?: string }) =>
      finish(await (await import('./commands/accounts.ts')).addAccount(accountId, options.url, processOutput())),
    )
}
