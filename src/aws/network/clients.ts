import { AWS_TIMEOUTS } from '../assumed-role.ts'
import type { NetworkService } from './network-calls.ts'

/** One service in one Region, as far as it is used here. */
export interface CallSender {
  /** What AWS answers to a read-only call; throws what its client throws. */
  ask(call: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): void
}

export interface ClientOptions {
  readonly region: string
  /** `null`: those that the SDK finds on this machine. */
  readonly credentials: (() => Promise<AwsCredentials>) | null
}

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

/** Attempts of one call: AWS throttles Describe calls of a whole account together, and slows down who waits. */
const MOST_ATTEMPTS = 8

/** The Region whose endpoint answers for all accelerators. (Global Accelerator API reference) */
const ACCELERATOR_REGION = 'us-west-2'

/** A command of an SDK client; each has its own type of input, and the names come from a table. */
type Command = new (input: Readonly<Record<string, unknown>>) => object

interface ClientModule {
  readonly client: { send(command: never): Promise<unknown>; destroy(): void }
  readonly commands: Readonly<Record<string, unknown>>
}

/** Each client is loaded when it is first needed: EC2's alone is 26 MB on disk. */
export async function openClient(service: NetworkService, options: ClientOptions): Promise<CallSender> {
  const { client, commands } = await load(service, {
    region: service === 'global-accelerator' ? ACCELERATOR_REGION : options.region,
    maxAttempts: MOST_ATTEMPTS,
    retryMode: 'adaptive',
    requestHandler: AWS_TIMEOUTS,
    ...(options.credentials === null ? {} : { credentials: options.credentials }),
  })
  return {
    async ask(call, parameters) {
      const command = commands[`${call.replace(' (classic)', '')}Command`]
      if (!isCommand(command)) throw new Error(`the client of ${service} has no ${call}`)
      // The table names only commands that take what it says, and `send` cannot know which one comes.
      return client.send(new command(parameters) as never)
    },
    close: () => client.destroy(),
  }
}

type Configuration = Readonly<Record<string, unknown>> & { readonly region: string }

async function load(service: NetworkService, configuration: Configuration): Promise<ClientModule> {
  switch (service) {
    case 'ec2': {
      const commands = await import('@aws-sdk/client-ec2')
      return { commands, client: new commands.EC2Client(configuration) }
    }
    case 'elastic-load-balancing-v2': {
      const commands = await import('@aws-sdk/client-elastic-load-balancing-v2')
      return { commands, client: new commands.ElasticLoadBalancingV2Client(configuration) }
    }
    case 'elastic-load-balancing': {
      const commands = await import('@aws-sdk/client-elastic-load-balancing')
      return { commands, client: new commands.ElasticLoadBalancingClient(configuration) }
    }
    case 'direct-connect': {
      const commands = await import('@aws-sdk/client-direct-connect')
      return { commands, client: new commands.DirectConnectClient(configuration) }
    }
    case 'network-firewall': {
      const commands = await import('@aws-sdk/client-network-firewall')
      return { commands, client: new commands.NetworkFirewallClient(configuration) }
    }
    case 'global-accelerator': {
      const commands = await import('@aws-sdk/client-global-accelerator')
      return { commands, client: new commands.GlobalAcceleratorClient(configuration) }
    }
  }
}

function isCommand(value: unknown): value is Command {
  return typeof value === 'function'
}
