import { Command, CommanderError, Option } from 'commander'
import type { Severity } from '../domain/severity.ts'
import type { AddRegistryOptions } from './commands/remote.ts'
import { EXIT_CODES, type ExitCode } from './exit-codes.ts'
import { addFindingCommands } from './finding-commands.ts'
import { addHostCommands } from './host-commands.ts'
import { processOutput } from './output.ts'
import { addAccountCommands } from './account-commands.ts'
import { addNetworkCommands } from './network-commands.ts'
import { addQuestions } from './question-commands.ts'
import { collect, examples, parsePositive, parseSeverity, serverUrlOption } from './options.ts'
import { plainText } from './render/plain-text.ts'
import { addReachability } from './reachability-command.ts'
import { addSbom } from './sbom-command.ts'
import { addTransfer } from './transfer-commands.ts'
import { productVersion } from './version.ts'

/** Runs one command line; resolves with the exit code when the command has ended. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.done
  const program = buildProgram(code => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage
    reportFailure(error)
    return EXIT_CODES.failed
  }
  return exitCode
}

/** What no command expected, e.g. a damaged file: one sentence for its user, the stack for whoever looks into it. */
function reportFailure(error: unknown): void {
  const output = processOutput()
  output.endProgress()
  output.note(`openinspector: ${plainText(error instanceof Error ? error.message : String(error))}`)
  if (process.env['OPENINSPECTOR_LOG_LEVEL'] !== 'debug') output.note('(OPENINSPECTOR_LOG_LEVEL=debug shows where.)')
  else if (error instanceof Error) output.note(error.stack ?? '')
}

/** The whole command line. `finish` is told how a command ended. */
export function buildProgram(finish: (code: ExitCode) => void): Command {
  const program = new Command('openinspector')
    .description('Amazon Inspector that you can run yourself.')
    .version(productVersion(), '--version')
    .showHelpAfterError('(add --help for more)')
    .exitOverride()

  program
    .command('server')
    .description('Run the API and the workers. `npm start` does this with the embedded database.')
    .addOption(new Option('--role <role>', 'which part to run').choices(['all', 'api', 'worker']).default('all'))
    .option('--credentials-file <file>', 'write the first access key to this file, as the AWS tools read it')
    .addHelpText(
      'after',
      examples(['openinspector server', 'DATABASE_URL=postgres://… openinspector server --role worker']),
    )
    .action(async (options: { role: 'all' | 'api' | 'worker'; credentialsFile?: string }) => {
      const { serve } = await import('./commands/serve.ts')
      finish(await serve(options.role, options.credentialsFile ?? null, processOutput()))
    })

  program
    .command('scan')
    .description('Scan one image, directory, disk or this host, without a server.')
    .argument(
      '<target>',
      'image reference, oci:PATH[:TAG], docker-archive:FILE[:NAME], containers-storage:NAME, containerd:DIGEST, a directory, disk:FILE (a raw image), ebs:SNAPSHOT, sbom:FILE, `-` (an SBOM on standard input), or `host`',
    )
    .addOption(new Option('--format <format>', 'what to print').choices(['table', 'json']).default('table'))
    .option('--fail-on <severity>', 'exit with 1 when a finding is this severe or worse', parseSeverity)
    .option('--platform <os/arch>', 'which image of a multi-arch index; all of them when left out')
    .option(
      '--vex <file>',
      'suppress what this OpenVEX, CSAF or CycloneDX document excuses; may be given again',
      collect,
    )
    .option('--plain-http', 'speak HTTP to the registry although it is not on this machine')
    .option('--credential-helpers', "run the programs that Docker's configuration names for keeping logins")
    .addHelpText(
      'after',
      examples([
        'openinspector scan debian:11',
        'openinspector scan registry.example.com/shop/api@sha256:… --format json',
        'openinspector scan oci:./layout:latest --platform linux/arm64',
        'openinspector scan docker-archive:./image.tar --fail-on HIGH',
        'openinspector scan 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/api:1',
        'openinspector scan containers-storage:localhost/shop/api:1',
        'openinspector scan ./rootfs',
        'openinspector scan sbom:./app.cdx.json',
        'openinspector scan disk:./root.img',
        'openinspector scan ebs:snap-0123456789abcdef0',
        'openinspector scan sbom:./app.cdx.json --vex ./app.vex.json',
        'openinspector scan host',
      ]) + exitCodesHelp(),
    )
    .action(
      async (
        target: string,
        options: {
          format: 'table' | 'json'
          failOn?: Severity
          platform?: string
          vex?: readonly string[]
          plainHttp?: boolean
          credentialHelpers?: boolean
        },
      ) => {
        const { scan } = await import('./commands/scan.ts')
        finish(
          await scan(
            target,
            {
              format: options.format,
              failOn: options.failOn ?? null,
              platform: options.platform ?? null,
              vex: options.vex ?? [],
              plainHttp: options.plainHttp ?? false,
              credentialHelpers: options.credentialHelpers ?? false,
            },
            processOutput(),
          ),
        )
      },
    )

  addSbom(program, finish)
  addReachability(program, finish)

  const advisories = program.command('advisories').description('The advisory database of this machine.')
  advisories
    .command('sync')
    .description('Fetch what changed and swap in a new version of the database.')
    .option('--server', 'ask a running server to do so in its data directory, and to match again')
    .addOption(serverUrlOption())
    .addHelpText(
      'after',
      examples(['openinspector advisories sync', 'OPENINSPECTOR_FEEDS=/srv/feeds openinspector advisories sync']),
    )
    .action(async (options: { server?: boolean; url?: string }) => {
      if (options.server === true || options.url !== undefined) {
        const { askForSync } = await import('./commands/remote.ts')
        return finish(await askForSync(options.url, processOutput()))
      }
      const { syncAdvisories } = await import('./commands/advisories.ts')
      finish(await syncAdvisories(processOutput()))
    })
  advisories
    .command('status')
    .description('What the database holds, how old it is, and what could not be fetched.')
    .addOption(new Option('--format <format>', 'what to print').choices(['table', 'json']).default('table'))
    .action(async (options: { format: 'table' | 'json' }) => {
      const { advisoriesStatus } = await import('./commands/advisories.ts')
      finish(await advisoriesStatus(options.format, processOutput()))
    })

  addQuestions(program, advisories, finish)
  addTransfer(advisories, finish)
  addServerCommands(program, finish)
  addAccountCommands(program, finish)
  addNetworkCommands(program, finish)
  addFindingCommands(program, finish)
  addHostCommands(program, finish)
  return program
}

/** Commands that speak to a running server over its API. */
function addServerCommands(program: Command, finish: (code: ExitCode) => void): void {
  const url = serverUrlOption()
  const lazy = () => import('./commands/remote.ts')

  const registry = program
    .command('registry')
    .alias('registries')
    .description('Registries that a running server watches.')
  registry
    .command('add <registry-url>')
    .description('Watch a registry: its images are scanned on push and when advisories change.')
    .option('--username <name>', 'user name; the password is read from OPENINSPECTOR_REGISTRY_PASSWORD')
    .option('--role-arn <arn>', 'role that the server assumes to read a registry of Amazon ECR (ecr://…)')
    .option('--external-id <id>', "what that role's trust policy asks for")
    .option('--platform <os/arch>', 'scan only this platform; may be given again', collect)
    .option('--poll-seconds <seconds>', 'seconds between two looks at the registry', parsePositive)
    .addOption(url)
    .addHelpText(
      'after',
      examples([
        'openinspector registry add http://127.0.0.1:5000',
        'OPENINSPECTOR_REGISTRY_PASSWORD=… openinspector registry add https://registry.example.com --username robot',
        'openinspector registry add ecr://123456789012.dkr.ecr.eu-west-1.amazonaws.com --role-arn arn:aws:iam::123456789012:role/scan',
      ]),
    )
    .action(async (registryUrl: string, options: AddRegistryOptions) => {
      finish(await (await lazy()).addRegistry(registryUrl, options, processOutput()))
    })
  registry
    .command('list')
    .description('The watched registries, with the outcome of the last look.')
    .addOption(url)
    .action(async (options: { url?: string }) =>
      finish(await (await lazy()).listRegistries(options.url, processOutput())),
    )
  registry
    .command('remove <registry-id>')
    .description('Stop watching a registry.')
    .addOption(url)
    .action(async (id: string, options: { url?: string }) =>
      finish(await (await lazy()).removeRegistry(id, options.url, processOutput())),
    )

  const accessKey = program.command('access-key').description('Access keys of your account on a running server.')
  accessKey
    .command('create')
    .description('Make an access key; its secret is shown once.')
    .option('--description <text>', 'what the key is for')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['administrator', 'auditor', 'pipeline'])
        .default('administrator'),
    )
    .addOption(url)
    .action(async ({ description, role, url }: { description?: string; role: string; url?: string }) =>
      finish(await (await lazy()).createAccessKey({ description: description ?? null, role }, url, processOutput())),
    )
  accessKey
    .command('list')
    .description('The keys of your account, without their secrets.')
    .addOption(url)
    .action(async (options: { url?: string }) =>
      finish(await (await lazy()).listAccessKeys(options.url, processOutput())),
    )
  accessKey
    .command('remove <access-key-id>')
    .description('Delete an access key.')
    .addOption(url)
    .action(async (id: string, options: { url?: string }) =>
      finish(await (await lazy()).removeAccessKey(id, options.url, processOutput())),
    )

  program
    .command('coverage')
    .description('What a running server scans, what it does not, and why.')
    .addOption(url)
    .action(async (options: { url?: string }) =>
      finish(await (await lazy()).showCoverage(options.url, processOutput())),
    )

  program
    .command('wait')
    .description('Wait for a running server: until it answers, an image has been scanned, or an image is gone.')
    .option('--image <repository:tag>', 'until this image has been scanned')
    .option('--gone <digest>', 'until this image has left coverage')
    .option('--timeout <seconds>', 'give up after this long', parsePositive, 120)
    .addOption(url)
    .action(async (options: { image?: string; gone?: string; timeout: number; url?: string }) =>
      finish(
        await (
          await lazy()
        ).wait(
          { image: options.image ?? null, gone: options.gone ?? null },
          options.timeout * 1000,
          options.url,
          processOutput(),
        ),
      ),
    )
}

function exitCodesHelp(): string {
  return [
    '',
    'Exit codes:',
    `  ${EXIT_CODES.done}  scanned`,
    `  ${EXIT_CODES.threshold}  scanned, and a finding reached --fail-on`,
    `  ${EXIT_CODES.usage}  the command line is wrong`,
    `  ${EXIT_CODES.failed}  the target could not be read`,
    `  ${EXIT_CODES.incomplete}  scanned, but its operating system is not known to the advisories: no finding means "not known"`,
    '',
  ].join('\n')
}
