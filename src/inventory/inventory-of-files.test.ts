import { describe, expect, it } from 'vitest'
import { EMPTY_ANALYSIS, type FoundPackage } from '../ecosystems/ecosystem.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { inventoryOfFiles, type VisibleFile } from './inventory-of-files.ts'

function npmFile(path: string, manager: FoundPackage['manager'], ...names: readonly string[]): VisibleFile {
  const packages = names.map((name): FoundPackage => {
    return { type: 'npm', name, version: '1.0.0', arch: null, source: null, manager }
  })
  return { path, analysis: { ...EMPTY_ANALYSIS, packages }, layerOf: () => null }
}

describe('inventoryOfFiles', () => {
  it('lets the installed copy of a project win over its lockfile', () => {
    const files = [
      npmFile('srv/app/package-lock.json', 'NPM', 'minimist', 'left-out-dev-tool'),
      npmFile('srv/app/node_modules/minimist/package.json', 'NODEPKG', 'minimist'),
      npmFile('srv/other/package-lock.json', 'NPM', 'minimist'),
    ]

    const { packages } = inventoryOfFiles(files, ECOSYSTEMS, [])

    expect(packages.map(pkg => [pkg.filePath, pkg.name])).toEqual([
      ['srv/app/node_modules/minimist/package.json', 'minimist'],
      ['srv/other/package-lock.json', 'minimist'],
    ])
  })
})
