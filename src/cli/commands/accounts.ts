import { z } from 'zod'
import type { ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { ask } from './ask.ts'

export async function addAccount(accountId: string, url: string | undefined, output: Output): Promise<ExitCode> {
  const schema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() })
  return ask(
    url,
    output,
    client => client.post('/openinspector/accounts', { accountId }),
    schema,
    key => {
      output.note('The secret is shown once; keep it.')
      output.print(`export AWS_ACCESS_KEY_ID=${key.accessKeyId}`)
      output.print(`export AWS_SECRET_ACCESS_KEY=${key.secretAccessKey}`)
    },
  )
}
