import { z } from 'zod'
import type { Result } from '../../base/result.ts'
import { apiClient, apiClientSettings, serverUrl, type ApiClient } from '../api-client.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { plainText } from '../render/plain-text.ts'
import { renderTable } from '../render/table.ts'
import { ask } from './ask.ts'
import { waitFor, type WaitTarget } from './wait.ts'

const registryShape = z.object({
  registryId: z.string(),
  url: z.string(),
  pollIntervalSeconds: z.number(),
  lastPolledAt: z.string().nullable(),
  lastError: z.string().nullable(),
})

export interface AddRegistryOptions {
  readonly username?: string
  readonly roleArn?: string
  readonly externalId?: string
  readonly platform?: readonly string[]
  readonly pollSeconds?: number
  readonly url?: string
}

export async function addRegistry(registryUrl: string, options: AddRegistryOptions, output: Output): Promise<ExitCode> {
  const password = process.env['OPENINSPECTOR_REGISTRY_PASSWORD']
  if (options.username !== undefined && !password) {
    output.note(
      'Set OPENINSPECTOR_REGISTRY_PASSWORD: a password on the command line would be seen by every user of this machine.',
    )
    return EXIT_CODES.usage
  }
  const body = {
    url: registryUrl,
    ...(options.username === undefined ? {} : { credentials: { username: options.username, password } }),
    ...(options.roleArn === undefined ? {} : { roleArn: options.roleArn }),
    ...(options.externalId === undefined ? {} : { externalId: options.externalId }),
    ...(options.platform === undefined ? {} : { platforms: options.platform }),
    ...(options.pollSeconds === undefined ? {} : { pollIntervalSeconds: options.pollSeconds }),
  }
  const schema = registryShape.extend({ webhookUrl: z.string(), webhookToken: z.string() })
  return ask(
    options.url,
    output,
    client => client.post('/openinspector/registries', body),
    schema,
    answer => {
      output.print(`Watching ${answer.url} as ${answer.registryId}, looking every ${answer.pollIntervalSeconds} s.`)
      output.print('')
      output.print('To be told of each push at once, give the registry this webhook (the token is shown once):')
      output.print(`  url:           ${answer.webhookUrl}`)
      output.print(`  Authorization: Bearer ${answer.webhookToken}`)
    },
  )
}

export async function listRegistries(url: string | undefined, output: Output): Promise<ExitCode> {
  const schema = z.object({ registries: z.array(registryShape) })
  return ask(
    url,
    output,
    client => client.get('/openinspector/registries'),
    schema,
    ({ registries }) => {
      if (registries.length === 0) {
        output.print('No registry is watched. Add one with `openinspector registry add URL`.')
        return
      }
      const lines = renderTable(
        registries,
        [
          { title: 'Id', text: row => row.registryId, minWidth: 20 },
          { title: 'URL', text: row => row.url },
          { title: 'Every', text: row => `${row.pollIntervalSeconds} s` },
          { title: 'Last look', text: row => row.lastPolledAt ?? 'not yet' },
          { title: 'Outcome', text: row => row.lastError ?? (row.lastPolledAt === null ? '' : 'good') },
        ],
        output.table,
      )
      for (const line of lines) output.print(line)
    },
  )
}

export async function removeRegistry(id: string, url: string | undefined, output: Output): Promise<ExitCode> {
  const call = (client: ApiClient) => client.remove(`/openinspector/registries/${encodeURIComponent(id)}`)
  return ask(url, output, call, z.object({}), () => output.print(`${plainText(id)} is no longer watched.`))
}

/** `openinspector advisories sync --server` */
export async function askForSync(url: string | undefined, output: Output): Promise<ExitCode> {
  const call = (client: ApiClient) => client.post('/openinspector/advisories/sync', {})
  return ask(url, output, call, z.object({}), () => output.print('The server looks at its advisory feeds now.'))
}

export async function createAccessKey(
  given: { readonly description: string | null; readonly role: string },
  url: string | undefined,
  output: Output,
): Promise<ExitCode> {
  const schema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() })
  const call = (client: ApiClient) => client.post('/openinspector/access-keys', given)
  return ask(url, output, call, schema, key => {
    output.note('The secret is shown once; keep it.')
    output.print(`export AWS_ACCESS_KEY_ID=${key.accessKeyId}`)
    output.print(`export AWS_SECRET_ACCESS_KEY=${key.secretAccessKey}`)
  })
}

export async function listAccessKeys(url: string | undefined, output: Output): Promise<ExitCode> {
  const key = z.object({
    accessKeyId: z.string(),
    description: z.string().nullable(),
    role: z.string(),
    status: z.string(),
    createdAt: z.string(),
  })
  const schema = z.object({ accessKeys: z.array(key) })
  return ask(
    url,
    output,
    client => client.get('/openinspector/access-keys'),
    schema,
    ({ accessKeys }) => {
      const lines = renderTable(
        accessKeys,
        [
          { title: 'Id', text: row => row.accessKeyId, minWidth: 20 },
          { title: 'Status', text: row => row.status },
          { title: 'Role', text: row => row.role },
          { title: 'Made', text: row => row.createdAt },
          { title: 'For', text: row => row.description ?? '' },
        ],
        output.table,
      )
      for (const line of lines) output.print(line)
    },
  )
}

export async function removeAccessKey(id: string, url: string | undefined, output: Output): Promise<ExitCode> {
  const call = (client: ApiClient) => client.remove(`/openinspector/access-keys/${encodeURIComponent(id)}`)
  return ask(url, output, call, z.object({}), () => output.print(`${plainText(id)} is deleted.`))
}

export async function showCoverage(url: string | undefined, output: Output): Promise<ExitCode> {
  const resource = z.object({
    resourceId: z.string(),
    // Absent in the answers of servers that scan packages alone.
    scanType: z.string().default('PACKAGE'),
    statusCode: z.string(),
    reason: z.string(),
    detail: z.string().nullable(),
    lastScannedAt: z.string().nullable(),
  })
  const schema = z.object({ resources: z.array(resource), nextToken: z.string().nullish() })
  const rows: z.infer<typeof resource>[] = []
  let nextToken: string | null = null
  do {
    let next: string | null = null
    const body: object = { maxResults: 200, ...(nextToken === null ? {} : { nextToken }) }
    const code = await ask(
      url,
      output,
      client => client.post('/openinspector/coverage/list', body),
      schema,
      page => {
        rows.push(...page.resources)
        next = page.nextToken ?? null
      },
    )
    if (code !== EXIT_CODES.done) return code
    nextToken = next
  } while (nextToken !== null)
  if (rows.length === 0) {
    output.print('Nothing is covered yet. Add a registry with `openinspector registry add URL`.')
    return EXIT_CODES.done
  }
  const lines = renderTable(
    rows,
    [
      { title: 'Scan', text: row => row.scanType, minWidth: 7 },
      { title: 'Status', text: row => row.statusCode, minWidth: 8 },
      { title: 'Reason', text: row => row.reason, minWidth: 10 },
      { title: 'Last scan', text: row => row.lastScannedAt?.slice(0, 19) ?? 'never', minWidth: 10 },
      { title: 'Resource', text: row => row.resourceId, minWidth: 24 },
      { title: 'Detail', text: row => row.detail ?? '', minWidth: 12 },
    ],
    output.table,
  )
  for (const line of lines) output.print(line)
  return EXIT_CODES.done
}

export async function wait(
  target: WaitTarget,
  timeoutMs: number,
  url: string | undefined,
  output: Output,
): Promise<ExitCode> {
  const client = (): Result<ApiClient, string> => {
    const settings = apiClientSettings(process.env, url)
    return settings.ok ? { ok: true, value: apiClient(settings.value) } : settings
  }
  const waited = await waitFor(target, `${serverUrl(process.env, url)}/healthz`, client, timeoutMs)
  if (waited.ok) output.print(plainText(waited.value))
  else output.note(plainText(waited.error))
  return waited.ok ? EXIT_CODES.done : EXIT_CODES.failed
}
