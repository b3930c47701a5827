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
})

export interface WatchNetworkOptions {
  readonly roleArn?: string
  readonly externalId?: string
  readonly url?: string
}

export async function watchNetwork(options: WatchNetworkOptions, output: Output): Promise<ExitCode> {
  const body = {
    ...(options.roleArn === undefined ? {} : { roleArn: options.roleArn }),
    ...(options.externalId === undefined ? {} : { externalId: options.externalId }),
  }
  return ask(
    options.url,
    output,
    client => client.post(PATH, body),
    networkShape,
    ({ accountId, region, roleArn }) => {
      const identity = roleArn === null ? "the server's own identity" : roleArn
      output.print(
        plainText(`Evaluating the network of ${accountId} in ${region} with ${identity}, now and every 12 hours.`),
      )
    },
  )
}

export async function showNetwork(url: string | undefined, output: Output): Promise<ExitCode> {
  return ask(
    url,
    output,
    client => client.get(PATH),
    networkShape,
    ({ accountId, region, roleArn, lastEvaluatedAt, lastError }) => {
      output.print(plainText(`Network of ${accountId} in ${region}`))
      output.print(plainText(`  Asked with:     ${roleArn ?? "the server's own identity"}`))
      output.print(plainText(`  Last evaluated: ${lastEvaluatedAt ?? 'not yet'}`))
      if (lastEvaluatedAt !== null) output.print(plainText(`  Outcome:        ${lastError ?? 'good'}`))
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
