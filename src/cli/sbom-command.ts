import { type Command, Option } from 'commander'
import type { SbomOptions } from './commands/sbom.ts'
import type { ExitCode } from './exit-codes.ts'
import { examples } from './options.ts'
import { processOutput } from './output.ts'

/** As in app/sbom-export.ts, which `--help` must not wait for; the type check holds the two together. */
const FORMATS: readonly SbomOptions['format'][] = ['cyclonedx-1.5', 'cyclonedx-1.4', 'spdx-2.3']

interface CommandOptions {
  readonly format: SbomOptions['format']
  readonly output?: string
  readonly vulnerabilities?: boolean
  readonly platform?: string
  readonly plainHttp?: boolean
  readonly credentialHelpers?: boolean
}

/** `openinspector sbom TARGET`. */
export function addSbom(program: Command, finish: (code: ExitCode) => void): void {
  program
    .command('sbom')
    .description('Write what one image, directory or this host holds as an SBOM, without a server.')
    .argument('<target>', 'whatever `scan` takes, another SBOM among it')
    .addOption(new Option('--format <format>', 'what to write').choices(FORMATS).default('cyclonedx-1.5'))
    .option('-o, --output <file>', 'write to this file; to standard output when left out')
    .option('--vulnerabilities', 'list what the advisories of this machine say about it as well')
    .option('--platform <os/arch>', 'which image of a multi-arch index')
    .option('--plain-http', 'speak HTTP to the registry although it is not on this machine')
    .option('--credential-helpers', "run the programs that Docker's configuration names for keeping logins")
    .addHelpText(
      'after',
      examples([
        'openinspector sbom debian:11 --platform linux/amd64 -o debian.cdx.json',
        'openinspector sbom ./rootfs --format spdx-2.3 | openinspector scan -',
        'SOURCE_DATE_EPOCH=0 openinspector sbom host',
      ]),
    )
    .action(async (target: string, options: CommandOptions) => {
      const { sbom } = await import('./commands/sbom.ts')
      finish(
        await sbom(
          target,
          {
            format: options.format,
            file: options.output ?? null,
            withVulnerabilities: options.vulnerabilities ?? false,
            platform: options.platform ?? null,
            plainHttp: options.plainHttp ?? false,
            credentialHelpers: options.credentialHelpers ?? false,
          },
          processOutput(),
        ),
      )
    })
}
