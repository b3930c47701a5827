import type { Command } from 'commander'
import type { ExitCode } from './exit-codes.ts'
import { examples } from './options.ts'
import { processOutput } from './output.ts'

/** `advisories export` and `advisories import`: the advisory database as one file, for sites without a network. */
export function addTransfer(advisories: Command, finish: (code: ExitCode) => void): void {
  const lazy = () => import('./commands/advisory-transfer.ts')
  advisories
    .command('export <file>')
    .description(
      'Write the advisory database to one compressed file, for a site without a network; `-` is standard output.',
    )
    .option('--sign-with <key.pem>', 'sign it with this Ed25519 private key')
    .addHelpText(
      'after',
      examples([
        'openinspector advisories export advisories.zst --sign-with advisories.key.pem',
        'openinspector advisories export - | ssh bastion openinspector advisories import - --trust advisories.pub.pem',
      ]),
    )
    .action(async (file: string, options: { signWith?: string }) =>
      finish(await (await lazy()).exportToFile(file, options.signWith ?? null, processOutput())),
    )
  advisories
    .command('import <file>')
    .description('Take the advisory database from a file that `advisories export` wrote; `-` is standard input.')
    .option('--trust <key.pem>', 'take it only when one of these Ed25519 public keys signed it')
    .option('--allow-unsigned', 'rely on its checksum alone, which tells damage but no forgery')
    .option('--force', 'take it although the advisories in use were fetched later')
    .addHelpText(
      'after',
      examples([
        'openinspector advisories import advisories.zst --trust advisories.pub.pem',
        'OPENINSPECTOR_ADVISORY_KEY=/etc/openinspector/advisories.pub.pem openinspector advisories import advisories.zst',
      ]),
    )
    .action(async (file: string, options: { trust?: string; allowUnsigned?: boolean; force?: boolean }) => {
      const trust = options.trust ?? null
      const wanted = { trust, allowUnsigned: options.allowUnsigned === true, force: options.force === true }
      finish(await (await lazy()).importFromFile(file, wanted, processOutput()))
    })
}
