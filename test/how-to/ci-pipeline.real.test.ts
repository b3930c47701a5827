import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { type BlockOutput, runHowTo } from './how-to-runner.ts'

const checkout = join(import.meta.dirname, '../..')

/** The page with the advisories that come with the product: nothing is fetched. */
describe('docs/how-to/ci-pipeline.md', () => {
  const work = mkdtempSync(join(tmpdir(), 'openinspector-pipeline-'))
  let outputs: readonly BlockOutput[]

  beforeAll(async () => {
    const app = join(work, 'app/node_modules/lodash')
    mkdirSync(app, { recursive: true })
    writeFileSync(join(app, 'package.json'), '{"name":"lodash","version":"4.17.20"}')
    const bin = join(work, 'bin')
    mkdirSync(bin)
    const shim = join(bin, 'openinspector')
    writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(checkout, 'bin/openinspector.ts')}' "$@"\n`)
    chmodSync(shim, 0o755)
    const aws = process.env['AWS_CLI']
    outputs = await runHowTo(join(checkout, 'docs/how-to/ci-pipeline.md'), work, {
      ...process.env,
      PATH: [bin, ...(aws === undefined ? [] : [dirname(aws)]), process.env['PATH']].join(delimiter),
      OPENINSPECTOR_FEEDS: 'off',
      OPENINSPECTOR_HOST_SCAN: 'off',
      SERVER_PORT: String(await freePort()),
      TARGET: './app',
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_PAGER: '',
    })
  }, 120_000)

  afterAll(() => {
    const pid = join(work, 'server.pid')
    if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8')), 'SIGTERM')
    rmSync(work, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  })

  function outputOf(part: string): string {
    const output = outputs.find(({ block }) => block.includes(part))
    if (output === undefined) throw new Error(`no block of the page has ${part}`)
    return output.stdout
  }

  it('fails the job on what is HIGH', () => {
    expect(outputOf('--fail-on HIGH')).toMatch(/CVE-2021-23337[^]*exit code 1\n/)
  })

  it('moves aside what the VEX document excuses', () => {
    const [found = '', suppressed] = outputOf('--vex').split('Suppressed by VEX:')

    expect(found).not.toContain('CVE-2021-23337')
    expect(suppressed).toMatch(/CVE-2021-23337 .*vulnerable_code_not_in_execute_path/)
  })

  it('finds the same through the Inspector Scan API', () => {
    const ids = outputOf("'sbom.vulnerabilities[].id'").trim().split(/\s+/)
    const scanned = new Set(outputOf('--fail-on HIGH').match(/CVE-\d+-\d+/g))

    expect(new Set(ids)).toEqual(scanned)
    expect(JSON.parse(outputOf('vulnerability_count'))).toMatchObject({ critical: 0, high: expect.any(Number) })
  })
})
