import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseRegion, type Region } from '../domain/ids.ts'
import type { Severity } from '../domain/severity.ts'
import type { ReachabilityOptions } from './commands/reachability.ts'
import type { ExitCode } from './exit-codes.ts'
import { collect, examples, parseSeverity } from './options.ts'
import { processOutput } from './output.ts'

const EDGES = ['global-accelerator'] as const

interface CommandOptions {
  readonly live?: boolean
  readonly role?: readonly string[]
  readonly externalId?: string
  readonly regions?: readonly Region[] | 'all'
  readonly record?: string
  readonly from?: string
  readonly to?: string
  readonly port?: number
  readonly protocol?: 'tcp' | 'udp'
  readonly format: ReachabilityOptions['format']
  readonly diff?: string
  readonly failOn?: Severity
  readonly appliances: 'pass' | 'block' | 'unknown'
  readonly edge?: readonly (typeof EDGES)[number][]
}

/** `openinspector reachability DIR|--live`. */
export function addReachability(program: Command, finish: (code: ExitCode) => void): void {
  program
    .command('reachability')
    .description('What of a network lets whom reach which instance, with the proof, without a server.')
    .argument('[directory]', 'answers of AWS as JSON files: DIR/[ACCOUNT/][REGION/]describe-vpcs.json and others')
    .option('--live', 'ask AWS, with the credentials of this machine')
    .option('--role <arn>', 'ask with this role instead; may be given again for further accounts', collect)
    .option('--external-id <id>', "what those roles' trust policies ask for")
    .option('--regions <names>', 'Regions to ask, with commas between them, or `all`', parseRegions)
    .option('--record <directory>', 'keep the answers of AWS in this directory as well')
    .option('--from <source>', '`internet`, an address, a prefix, or the id of an interface or edge')
    .option('--to <id>', 'an instance or interface; with --port: why it can be reached, or everything that stops it')
    .option('--port <number>', 'a port of the instance', parsePort)
    .addOption(new Option('--protocol <protocol>', 'of the port').choices(['tcp', 'udp']))
    .option('--diff <directory>', 'what opened and what closed from the first to this one')
    .option(
      '--fail-on <severity>',
      'exit with 1 when an open path (with --diff: one that opened) is this severe',
      parseSeverity,
    )
    .addOption(
      new Option('--appliances <verdict>', 'what becomes of traffic through appliances')
        .choices(['pass', 'block', 'unknown'])
        .default('pass'),
    )
    .addOption(new Option('--edge <kind...>', 'kinds of edges that are told only when asked for').choices(EDGES))
    .addOption(
      new Option('--format <format>', 'what to print').choices(['table', 'json', 'dot', 'mermaid']).default('table'),
    )
    .addHelpText(
      'after',
      examples([
        'openinspector reachability ./recorded',
        'openinspector reachability --live --regions eu-west-1,us-east-1 --record ./recorded',
        'openinspector reachability --live --role arn:aws:iam::123456789012:role/audit --regions all --format json',
        'openinspector reachability ./recorded --to i-0123456789abcdef0 --port 22',
        'openinspector reachability ./recorded --from 198.51.100.7 --to i-0123456789abcdef0 --port 443 --format mermaid',
        'openinspector reachability ./monday --diff ./tuesday --fail-on MEDIUM',
      ]),
    )
    .action(async (directory: string | undefined, options: CommandOptions) => {
      const { reachability } = await import('./commands/reachability.ts')
      finish(await reachability(reachabilityOptions(directory, options), processOutput()))
    })
}

function reachabilityOptions(directory: string | undefined, options: CommandOptions): ReachabilityOptions {
  const asks = (edge: (typeof EDGES)[number]): boolean => options.edge?.includes(edge) === true
  return {
    directory: directory ?? null,
    live: options.live ?? false,
    roleArns: options.role ?? [],
    externalId: options.externalId ?? null,
    regions: options.regions ?? null,
    recordTo: options.record ?? null,
    from: options.from ?? null,
    to: options.to ?? null,
    port: options.port ?? null,
    protocol: options.protocol === undefined ? null : options.protocol === 'tcp' ? 'TCP' : 'UDP',
    format: options.format,
    diff: options.diff ?? null,
    failOn: options.failOn ?? null,
    analysis: {
      treatAppliancesAs: options.appliances,
      globalAccelerator: asks('global-accelerator'),
    },
  }
}

function parseRegions(text: string): readonly Region[] | 'all' {
  if (text === 'all') return 'all'
  return text.split(',').map(name => {
    const region = parseRegion(name.trim())
    if (region === null) throw new InvalidArgumentError(`${JSON.stringify(name)} is not a Region.`)
    return region
  })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('It is a number from 0 to 65535.')
  return port
}
