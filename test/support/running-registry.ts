import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packOciLayout, runProgram } from './debian-image.ts'

export interface RunningRegistry {
  /** `127.0.0.1:port` */
  readonly host: string
  stop(): Promise<void>
}

export interface RegistryHook {
  readonly url: string
  readonly token: string
}

/** Debian's `docker-registry`, which tells `hook` of each push and deletion. Throws when it is not installed. */
export async function startRegistry(directory: string, port: number, hook: RegistryHook): Promise<RunningRegistry> {
  mkdirSync(directory, { recursive: true })
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(directory, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
    notifications: {
      endpoints: [
        {
          name: 'openinspector',
          url: hook.url,
          headers: { Authorization: [`Bearer ${hook.token}`] },
          timeout: '2s',
          threshold: 5,
          backoff: '1s',
        },
      ],
    },
  }
  const path = join(directory, 'config.yml')
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config))
  const child = spawn('docker-registry', ['serve', path], { stdio: 'ignore' })
  await Promise.race([
    once(child, 'error').then(([error]) => Promise.reject(error as Error)),
    answers(`http://127.0.0.1:${port}/v2/`),
  ])
  return {
    host: `127.0.0.1:${port}`,
    async stop() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const isUp = await fetch(url).then(
      response => response.ok,
      () => false,
    )
    if (isUp) return
    await sleep(100)
  }
  throw new Error(`docker-registry does not answer at ${url}`)
}

/** Packs files into an image of one layer and pushes it with skopeo; returns its digest. */
export function pushImage(
  directory: string,
  reference: string,
  files: readonly { readonly path: string; readonly content: string }[],
): string {
  const name = reference.replaceAll(/[^a-z0-9.]/g, '-')
  const root = join(directory, `root-${name}`)
  const layout = join(directory, `layout-${name}`)
  for (const { path, content } of files) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const digest = packOciLayout(root, layout)
  const target = `docker://${reference}`
  runProgram('skopeo', ['--insecure-policy', 'copy', '--dest-tls-verify=false', `oci:${layout}:latest`, target])
  return digest
}
