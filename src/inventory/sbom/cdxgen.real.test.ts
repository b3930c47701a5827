import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Inventory } from '../../domain/inventory.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import { nodeFileTree } from '../../system/file-tree.ts'
import { readRoot } from '../read-root.ts'
import { readSbom } from './read-sbom.ts'

/** An SBOM tool that shares no line with us; a version, so that a new one cannot break an old commit. */
const CDXGEN = '@cyclonedx/cdxgen@12.8.4'

const PROJECT: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'shop',
    version: '1.0.0',
    dependencies: { lodash: '4.17.20', '@babel/core': '7.0.0' },
  }),
  'package-lock.json': JSON.stringify({
    name: 'shop',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: {
      '': { name: 'shop', version: '1.0.0', dependencies: { lodash: '4.17.20', '@babel/core': '7.0.0' } },
      'node_modules/lodash': { version: '4.17.20' },
      'node_modules/@babel/core': { version: '7.0.0' },
    },
  }),
  'Cargo.toml': '[package]\nname = "shop"\nversion = "0.1.0"\n',
  'Cargo.lock':
    'version = 3\n\n[[package]]\nname = "smallvec"\nversion = "1.6.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "aa"\n',
  'composer.json': '{"require":{"twig/twig":"3.0.0"}}',
  'composer.lock': JSON.stringify({
    packages: [{ name: 'twig/twig', version: 'v3.0.0', type: 'library' }],
    'packages-dev': [],
  }),
}

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'openinspector-cdxgen-'))
const project = join(folder, 'project')

beforeAll(async () => {
  for (const [path, content] of Object.entries(PROJECT)) {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), content)
  }
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--omit=optional']
  await run('npm', ['install', ...options, '--prefix', folder, CDXGEN], { cwd: folder })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function madeByCdxgen(specVersion: string): Promise<{ readonly format: string; readonly inventory: Inventory }> {
  const output = join(folder, `bom-${specVersion}.json`)
  const program = join(folder, 'node_modules/@cyclonedx/cdxgen/bin/cdxgen.js')
  const options = ['--no-install-deps', '--no-babel', '-t', 'js', '-t', 'rust', '-t', 'php']
  await run(process.execPath, [program, ...options, '--spec-version', specVersion, '-o', output, project], {
    cwd: folder,
    env: { ...process.env, FETCH_LICENSE: 'false' },
  })
  const sbom = readSbom(readFileSync(output), 'bom.json')
  if (!sbom.ok) throw new Error(sbom.error.detail)
  return sbom.value
}

/** Everything but the project itself, whose package cdxgen takes for the subject. */
function namesIn({ packages }: Inventory): readonly string[] {
  return packages.filter(({ name }) => name !== 'shop').map(({ type, name, version }) => `${type} ${name} ${version}`)
}

describe('SBOMs made by cdxgen', () => {
  it.each(['1.5', '1.6', '1.7'])('as CycloneDX %s name what reading the project finds', async specVersion => {
    const { format, inventory } = await madeByCdxgen(specVersion)
    const own = await readRoot(nodeFileTree(project), { ecosystems: ECOSYSTEMS })

    expect(format).toBe(`CycloneDX ${specVersion}`)
    expect(namesIn(inventory)).toEqual([
      'cargo smallvec 1.6.0',
      'composer twig/twig v3.0.0',
      'npm @babel/core 7.0.0',
      'npm lodash 4.17.20',
    ])
    expect(namesIn(inventory)).toEqual(namesIn(own))
    expect(inventory.problems).toEqual([])
    expect(inventory.packages.find(({ name }) => name === 'lodash')).toMatchObject({ manager: 'NPM' })
  })
})
