import { z } from 'zod'
import type { ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { plainText } from '../render/plain-text.ts'
import { ask } from './ask.ts'

const PATH = '/openinspector/network'

const networkShape = z.object({
  accountId: z.string(),
  region: z.string(),
  roleArn: z.string().nullable(),
  lastEvaluatedAt: z.string().nullable(),
  lastError: z.string().nullable(),
  events: z.object({ taken: z.number(), ignored: z.number(), lastAt: z.string().nullable() }),
  eventUrl: z.string().optional(),
  eventToken: z.string().optional(),
})

export interface WatchNetworkOptions {
  readonly roleArn?: string
  readonly externalId?: string
  readonly newEventToken?: boolean
  readonly url?: string
}

export async function watchNetwork(options: WatchNetworkOptions, output: Output): Promise<ExitCode> {
  const body = {
    ...(options.roleArn === undefined ? {} : { roleArn: options.roleArn }),
    ...(options.externalId === undefined ? {} : { externalId: options.externalId }),
    ...(options.newEventToken === true ? { newEventToken: true } : {}),
  }
  return ask(
    options.url,
    output,
    client => client.post(PATH, body),
    networkShape,
    ({ accountId, region, roleArn, eventUrl, eventToken }) => {
      const identity = roleArn === null ? "the server's own identity" : roleArn
      output.print(
        plainText(`Evaluating the network of ${accountId} in ${region} with ${identity}, now and every 12 hours.`),
      )
      if (eventUrl === undefined || eventToken === undefined) return
      output.print('Changes are seen within seconds when EventBridge sends them; the token is not shown again:')
      output.print(plainText(`  Send them to:  ${eventUrl}`))
      output.print(plainText(`  Authorization: Bearer ${eventToken}`))
    },
  )
}

export async function showNetwork(url: string | undefined, output: Output): Promise<ExitCode> {
  return ask(
    url,
    output,
    client => client.get(PATH),
    networkShape,
    ({ accountId, region, roleArn, lastEvaluatedAt, lastError, events }) => {
      output.print(plainText(`Network of ${accountId} in ${region}`))
      output.print(plainText(`  Asked with:     ${roleArn ?? "the server's own identity"}`))
      output.print(plainText(`  Last evaluated: ${lastEvaluatedAt ?? 'not yet'}`))
      if (lastEvaluatedAt !== null) output.print(plainText(`  Outcome:        ${lastError ?? 'good'}`))
      const last = events.lastAt === null ? '' : `, the last at ${events.lastAt}`
      output.print(plainText(`  Changes told:  ${events.taken}, and ${events.ignored} that do not matter here${last}`))
    },
  )
}

export async function evaluateNetwork(url: string | undefined, output: Output): Promise<ExitCode> {
  return ask(
    url,
    output,
    client => client.post(`${PATH}/evaluate`, {}),
    z.object({}),
    () => output.print('The server asks AWS now.'),
  )
}

export async function unwatchNetwork(url: string | undefined, output: Output): Promise<ExitCode> {
  return ask(
    url,
    output,
    client => client.remove(PATH),
    z.object({}),
    () => {
      output.print('The network is no longer watched, and what AWS told of it is deleted.')
      output.print('Its network findings close, and instances leave coverage unless an agent reports their packages.')
      output.print('Findings of other accounts that lead through it stay as they are until it is watched again.')
    },
  )
}
