import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeHome, startCommand, temporaryHome } from '../support/running-product.ts'

const home = temporaryHome()
const target = join(home, 'target')

beforeAll(() => {
  mkdirSync(join(home, 'advisories'))
  mkdirSync(target)
  writeFileSync(join(home, 'advisories/current.json'), '{"layout":')
})

afterAll(() => removeHome(home))

describe('a data directory that is damaged', () => {
  it.each([[['scan', target]], [['advisories', 'status']], [['server']]])(
    'makes %j end with 3 and name the file, without a stack',
    async args => {
      const run = await startCommand(args, { OPENINSPECTOR_HOME: home, OPENINSPECTOR_PORT: '0' })

      expect(run).toMatchObject({ status: 3, stdout: '' })
      expect(run.stderr).toContain(`${join(home, 'advisories/current.json')} is damaged: remove it and sync again`)
      expect(run.stderr).not.toMatch(/^\s+at |node:internal/m)
    },
  )
})
