import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Http, HttpResponse } from '../base/http.ts'

/** Milliseconds for each of the two answers: the service is on the same machine, or there is none. */
const ANSWER_MS = 1_000
const ANSWER_BYTES = 4_096
const TOKEN_SECONDS = '60'
/** Where every EC2 instance finds its metadata. (EC2 User Guide, "Retrieve instance metadata") */
const SERVICE = 'http://169.254.169.254'

/** Whether the firmware says that this is an EC2 instance. Reading it asks nobody. (EC2 User Guide, "Detect EC2 instances") */
export function isEc2Instance(root: string): boolean {
  const [vendor, hypervisor] = ['sys/class/dmi/id/sys_vendor', 'sys/hypervisor/uuid'].map(path =>
    firmwareText(root, path),
  )
  return vendor === 'Amazon EC2' || /^ec2/i.test(hypervisor ?? '')
}

/**
 * The id of the instance that we run on, by version 2 of its metadata service: a token first, then the id with it. `null`
 * where nobody answers in time, or not with an id; version 1, which any program can be tricked into asking, is not used.
 */
export async function ec2InstanceId(http: Http, service = SERVICE): Promise<string | null> {
  const token = await answer(http, `${service}/latest/api/token`, 'PUT', {
    'x-aws-ec2-metadata-token-ttl-seconds': TOKEN_SECONDS,
  })
  if (token === null || !/^[!-~]+$/.test(token)) return null
  const id = await answer(http, `${service}/latest/meta-data/instance-id`, 'GET', { 'x-aws-ec2-metadata-token': token })
  return id !== null && /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id) ? id : null
}

async function answer(
  http: Http,
  url: string,
  method: 'GET' | 'PUT',
  headers: Readonly<Record<string, string>>,
): Promise<string | null> {
  const limits = { limitBytes: ANSWER_BYTES, idleTimeoutMs: ANSWER_MS, redirects: 'none' } as const
  const sent = await http.send(url, { method, headers, ...limits })
  if (!sent.ok) return null
  if (sent.value.status === 200) return textOf(sent.value)
  await sent.value.discard()
  return null
}

async function textOf({ body }: HttpResponse): Promise<string | null> {
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of body) pieces.push(piece)
  } catch {
    // Broken off, stalled or too long: no answer.
    return null
  }
  return Buffer.concat(pieces).toString('latin1').trim()
}

function firmwareText(root: string, path: string): string | null {
  try {
    return readFileSync(join(root, path), 'latin1').trim()
  } catch {
    // Not every kernel shows its firmware.
    return null
  }
}
