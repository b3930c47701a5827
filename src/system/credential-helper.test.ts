import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { askCredentialHelper } from './credential-helper.ts'

let directory = ''

function helper(name: string, script: string): void {
  const path = join(directory, `docker-credential-${name}`)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}

describe('askCredentialHelper', () => {
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'openinspector-helper-'))
    vi.stubEnv('PATH', `${directory}:${process.env['PATH'] ?? ''}`)
  })
  afterAll(() => {
    vi.unstubAllEnvs()
    rmSync(directory, { recursive: true })
  })

  it('asks for the name on standard input', async () => {
    helper(
      'good',
      'read server; printf \'{"ServerURL":"%s","Username":"u-%s","Secret":"s-%s"}\' "$server" "$1" "$server"',
    )

    expect(await askCredentialHelper('good', 'registry.example')).toEqual({
      ok: true,
      value: { username: 'u-get', password: 's-registry.example' },
    })
  })

  it('takes "not found" for no login', async () => {
    helper('empty', 'echo "credentials not found in native keychain"; exit 1')

    expect(await askCredentialHelper('empty', 'registry.example')).toEqual({ ok: true, value: null })
  })

  it('tells of failures without what was printed', async () => {
    helper('broken', 'echo hunter2; exit 3')
    helper('talkative', 'yes hunter2')
    helper('odd', 'echo \'["hunter2"]\'')

    for (const name of ['broken', 'talkative', 'odd', 'absent', '../evil', '']) {
      const asked = await askCredentialHelper(name, 'registry.example')
      expect(asked).toEqual({ ok: false, error: expect.not.stringContaining('hunter2') })
    }
  })
})
