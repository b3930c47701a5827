import type { Command } from 'commander'
import type { AgentOptions } from './commands/agent.ts'
import type { ExitCode } from './exit-codes.ts'
import { examples, parsePositive, serverUrlOption } from './options.ts'
import { processOutput } from './output.ts'

/** `openinspector hosts …` and `openinspector agent`. */
export function addHostCommands(program: Command, finish: (code: ExitCode) => void): void {
  const lazy = () => import('./commands/hosts.ts')
  const hosts = program.command('hosts').description('Machines whose agents report to a running server.')
  hosts
    .command('add <name>')
    .description('Let one machine report; its token is shown once.')
    .option('--instance-id <id>', 'the EC2 instance that it is; left out for machines elsewhere')
    .option('--token-file <file>', 'write the token to this new file instead')
    .addOption(serverUrlOption())
    .addHelpText('after', examples(['openinspector hosts add web-1 --token-file web-1.token']))
    .action(async (name: string, options: { instanceId?: string; tokenFile?: string; url?: string }) =>
      finish(await (await lazy()).addHost(name, options, processOutput())),
    )
  hosts
    .command('list')
    .description('The machines, and when each was last heard of.')
    .addOption(serverUrlOption())
    .action(async (options: { url?: string }) => finish(await (await lazy()).listHosts(options.url, processOutput())))
  hosts
    .command('remove <host-id>')
    .description('Make its token void and take the machine out of coverage.')
    .addOption(serverUrlOption())
    .action(async (id: string, options: { url?: string }) =>
      finish(await (await lazy()).removeHost(id, options.url, processOutput())),
    )

  program
    .command('agent')
    .description('Watch the packages of this machine and report them to a server, until it is stopped.')
    .requiredOption('--server <url>', 'the server, https://…')
    .requiredOption('--token-file <file>', 'the token of `hosts add`, in a file that only its owner can read')
    .option('--state <dir>', 'what waits to be sent; else STATE_DIRECTORY, else /var/lib/openinspector-agent')
    .option('--root <dir>', 'root of the machine, where a container mounts it elsewhere', '/')
    .option('--path <dir>', 'search this directory for language packages too (up to five times)', collect)
    .option('--search-hours <hours>', 'hours between two searches for language packages', parsePositive, 6)
    .option('--poll-seconds <seconds>', 'seconds between two looks at what the kernel does not tell', parsePositive, 60)
    .option('--longest-pause <seconds>', 'longest pause between two attempts to reach the server', parsePositive, 300)
    .option('--ec2', 'ask for the EC2 instance id also where the firmware does not say that this is EC2')
    .option('--plain-http', 'speak HTTP to a server on another machine')
    .addHelpText(
      'after',
      examples([
        'openinspector agent --server https://inspector.example.com --token-file /etc/openinspector/agent.token',
        'openinspector agent --server https://inspector.example.com --token-file token --path /opt --path /srv',
      ]),
    )
    .action(async (options: AgentOptions) => {
      const { agent } = await import('./commands/agent.ts')
      finish(agent(options, processOutput()))
    })
}

function collect(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path]
}
