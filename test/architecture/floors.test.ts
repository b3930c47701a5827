import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, cpSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const planted: string[] = []

afterEach(() => {
  for (const directory of planted.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** A copy of the sources with one more file, so that the checkout itself is never touched. */
function copyWith(path: string, text: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'openinspector-floors-'))
  planted.push(copy)
  for (const file of ['.dependency-cruiser.mjs', 'package.json', 'tsconfig.json', 'tsconfig.pure.json']) {
    cpSync(join(root, file), join(copy, file))
  }
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  writeFileSync(join(copy, path), text)
  return copy
}

interface Cruise {
  readonly summary: {
    readonly totalCruised: number
    readonly totalDependenciesCruised: number
    readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string }[]
  }
}

function cruise(directory: string): Cruise {
  // The tools' own `#!/usr/bin/env node` could find another Node.js than the one that runs the tests.
  const tool = 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'
  const run = spawnSync(
    process.execPath,
    [tool, 'src', '--config', '.dependency-cruiser.mjs', '--output-type', 'json'],
    {
      cwd: directory,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  )
  return JSON.parse(run.stdout) as Cruise
}

describe('the floor rules', () => {
  it('read the sources and find nothing to complain about', () => {
    const { summary } = cruise(root)

    expect(summary.violations.map(violation => `${violation.rule.name}: ${violation.from}`)).toEqual([])
    expect(summary.totalCruised).toBeGreaterThan(50)
    expect(summary.totalDependenciesCruised).toBeGreaterThan(summary.totalCruised)
  })

  it.each([
    [
      'domain/planted.ts',
      "import { reconcile } from '../findings/reconcile.ts'\nexport const planted = reconcile\n",
      'domain-looks-down-only',
    ],
    [
      'findings/planted.ts',
      "import type { AdvisoryIndex } from '../matching/advisory-index.ts'\nexport type Planted = AdvisoryIndex\n",
      'findings-looks-down-only',
    ],
    [
      'matching/planted.ts',
      "import { readFileSync } from 'node:fs'\nexport const planted = readFileSync\n",
      'pure-rooms-do-no-io',
    ],
    [
      'ecosystems/npm/planted.ts',
      "import { deb } from '../deb/ecosystem.ts'\nexport const planted = deb\n",
      'plugins-are-strangers',
    ],
    [
      'reachability/filters/planted.ts',
      "import type { Exit } from '../forwarding/walk-out.ts'\nexport type Planted = Exit\n",
      'reachability-filters-looks-down-only',
    ],
    [
      'cli/planted.ts',
      "import { openDatabase } from '../store/database.ts'\nexport const planted = openDatabase\n",
      'cli-looks-down-only',
    ],
  ])('catch a forbidden import planted in %s', (path, text, rule) => {
    const copy = copyWith(join('src', path), text)

    const names = cruise(copy).summary.violations.map(violation => violation.rule.name)

    expect(names).toContain(rule)
  })

  it('keep the Node API out of the pure rooms at compile time', () => {
    const copy = copyWith('src/findings/planted.ts', 'export const planted = process.env\n')

    const tsc = spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.pure.json'], { cwd: copy, encoding: 'utf8' })

    expect(tsc.status).not.toBe(0)
    expect(tsc.stdout).toContain('src/findings/planted.ts')
  })
})
