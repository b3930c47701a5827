import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeHome, startCommand, temporaryHome, type Ended } from '../support/running-product.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/openinspector.ts')
const FILES: Readonly<Record<string, string>> = {
  'etc/os-release':
    'ID=debian\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n',
  'var/lib/dpkg/status': [
    ['openssl', 'amd64', '1.1.1k-1'],
    ['libssl1.1', 'amd64', '1.1.1k-1', 'openssl'],
    ['linux-image-5.10.0-20-amd64', 'amd64', '5.10.158-2', 'linux'],
    ['node-lodash', 'all', '4.17.20-1'],
  ]
    .map(([name = '', arch = '', version = '', source]) =>
      [
        `Package: ${name}`,
        'Status: install ok installed',
        `Architecture: ${arch}`,
        ...(source === undefined ? [] : [`Source: ${source}`]),
        `Version: ${version}`,
        '',
      ].join('\n'),
    )
    .join('\n'),
  'var/lib/dpkg/info/node-lodash.list': '/.\n/usr/share/nodejs/lodash/package.json\n',
  'usr/share/nodejs/lodash/package.json': '{"name":"lodash","version":"4.17.20"}',
  'app/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.20"}',
  'app/package-lock.json': 'broken',
}

const home = temporaryHome()
const root = join(home, 'root')
for (const [path, content] of Object.entries(FILES)) {
  mkdirSync(join(root, dirname(path)), { recursive: true })
  writeFileSync(join(root, path), content)
}

let ofRoot: unknown

beforeAll(async () => {
  ofRoot = await scanned(root)
}, 60_000)

afterAll(() => removeHome(home))

function run(...args: readonly string[]): Promise<Ended> {
  return startCommand(args, { OPENINSPECTOR_HOME: home, SOURCE_DATE_EPOCH: '1700000000' })
}

/** The findings, and what could not be said, of a scan of `target`. */
async function scanned(target: string): Promise<unknown> {
  const { stdout, stderr } = await run('scan', target, '--format', 'json')
  if (stdout === '') throw new Error(stderr)
  const { results } = JSON.parse(stdout) as { readonly results: readonly Readonly<Record<string, unknown>>[] }
  return results
}

describe('openinspector sbom', () => {
  it.each(['cyclonedx-1.5', 'cyclonedx-1.4', 'spdx-2.3'])(
    'as %s has the findings of what it is about',
    async format => {
      const file = join(home, `${format}.json`)
      const { status, stdout, stderr } = await run('sbom', root, '--format', format, '-o', file)

      expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
      expect(stderr).toContain('not read: app/package-lock.json: malformed-lockfile')
      expect(JSON.stringify(ofRoot)).toContain('CVE-2021-23337')
      expect(await scanned(format === 'spdx-2.3' ? `sbom:${file}` : file)).toEqual(ofRoot)
    },
  )

  it('is the same for the same content and SOURCE_DATE_EPOCH, and is scanned from standard input', async () => {
    const { stdout: sbom } = await run('sbom', root, '--vulnerabilities')
    const child = spawn(process.execPath, [PROGRAM, 'scan', '-', '--format', 'json'], {
      env: { ...process.env, OPENINSPECTOR_HOME: home },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    child.stdin.end(sbom)
    const [stdout] = await Promise.all([text(child.stdout), once(child, 'exit')])
    const { results } = JSON.parse(stdout) as { readonly results: unknown }

    expect(results).toEqual(ofRoot)
    expect(JSON.parse(sbom)).toMatchObject({
      metadata: { timestamp: '2023-11-14T22:13:20.000Z' },
      vulnerabilities: expect.arrayContaining([expect.objectContaining({ id: 'CVE-2021-23337' })]) as unknown,
    })
    expect((await run('sbom', root, '--vulnerabilities')).stdout).toBe(sbom)
  })

  it.each([
    ['{"lockfileVersion":3}', 'neither CycloneDX nor SPDX', 3],
    ['\u0000\u0001', 'Is it an image archive?', 2],
  ])('refuses a file with %j and says why', async (content, words, status) => {
    const file = join(home, 'other.json')
    writeFileSync(file, content)
    const ended = await run('scan', file)

    expect(ended.stderr).toContain(words)
    expect(ended.status).toBe(status)
  })

  it('keeps compiled sources where it keeps everything else', () => {
    expect(existsSync(join(home, 'compile-cache'))).toBe(true)
  })
})
