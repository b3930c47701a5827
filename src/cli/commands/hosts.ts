import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { ApiClient } from '../api-client.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { plainText } from '../render/plain-text.ts'
import { renderTable } from '../render/table.ts'
import { ask } from './ask.ts'

const hostShape = z.object({
  hostId: z.string(),
  name: z.string(),
  resourceId: z.string(),
  hostName: z.string().nullable(),
  lastSeenAt: z.string().nullable(),
  hasInventory: z.boolean(),
})

/** `openinspector hosts add`: the token goes to a file that only its owner can read, or is printed, this once. */
export async function addHost(
  name: string,
  options: { readonly instanceId?: string; readonly tokenFile?: string; readonly url?: string },
  output: Output,
): Promise<ExitCode> {
  const { instanceId, tokenFile } = options
  const body = { name, ...(instanceId === undefined ? {} : { instanceId }) }
  let code: ExitCode = EXIT_CODES.done
  const asked = await ask(
    options.url,
    output,
    client => client.post('/openinspector/hosts', body),
    hostShape.extend({ token: z.string() }),
    host => {
      output.note(`${plainText(host.name)} is ${plainText(host.hostId)}, its resource ${plainText(host.resourceId)}.`)
      if (tokenFile === undefined) {
        output.note('The token is shown once. Keep it in a file of mode 600 on the host, for `openinspector agent`:')
        output.print(plainText(host.token))
        return
      }
      try {
        writeFileSync(tokenFile, `${host.token}\n`, { mode: 0o600, flag: 'wx' })
        output.note(`Its token is in ${tokenFile}.`)
      } catch (thrown) {
        // Shown, or the host would have to be removed and added again.
        output.note(`The token could not be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
        output.print(plainText(host.token))
        code = EXIT_CODES.failed
      }
    },
  )
  return asked === EXIT_CODES.done ? code : asked
}

export async function listHosts(url: string | undefined, output: Output): Promise<ExitCode> {
  return ask(
    url,
    output,
    client => client.get('/openinspector/hosts'),
    z.object({ hosts: z.array(hostShape) }),
    ({ hosts }) => {
      if (hosts.length === 0) {
        output.print('No host has an agent. Add one with `openinspector hosts add NAME`.')
        return
      }
      const lines = renderTable(
        hosts,
        [
          { title: 'Id', text: row => row.hostId, minWidth: 21 },
          { title: 'Name', text: row => row.name },
          { title: 'Host name', text: row => row.hostName ?? '' },
          { title: 'Resource', text: row => row.resourceId, minWidth: 20 },
          { title: 'Last seen', text: row => row.lastSeenAt ?? 'not yet' },
          { title: 'Inventory', text: row => (row.hasInventory ? 'yes' : 'not yet') },
        ],
        output.table,
      )
      for (const line of lines) output.print(line)
    },
  )
}

export async function removeHost(id: string, url: string | undefined, output: Output): Promise<ExitCode> {
  const call = (client: ApiClient) => client.remove(`/openinspector/hosts/${encodeURIComponent(id)}`)
  return ask(url, output, call, z.object({}), () =>
    output.print(`${plainText(id)} is removed: its token is void and its findings are closed.`),
  )
}
