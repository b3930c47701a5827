import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { InstalledPackage } from '../../domain/inventory.ts'
import type { Analyzer } from '../ecosystem.ts'
import { depsJson } from './deps-json.ts'
import { nuget } from './ecosystem.ts'
import { packagesConfig } from './packages-config.ts'
import { packagesLock } from './packages-lock.ts'
import { projectAssets } from './project-assets.ts'

const sample = (name: string): Uint8Array => readFileSync(new URL(`testdata/${name}`, import.meta.url))
const bytesOf = (content: unknown): Uint8Array =>
  new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content))

function namesOf(analyzer: Analyzer, bytes: Uint8Array): string[] {
  const analysis = analyzer.analyze({ path: 'x', bytes })
  if (!analysis.ok) throw new Error(JSON.stringify(analysis.error))
  return analysis.value.packages.map(found => `${found.name} ${found.version} ${found.manager}`)
}

describe('files of .NET', () => {
  it.each([
    ['app/App.deps.json', depsJson],
    ['usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json', depsJson],
    ['src/packages.lock.json', packagesLock],
    ['src/packages.App.lock.json', packagesLock],
    ['src/Packages.config', packagesConfig],
    ['src/obj/project.assets.json', projectAssets],
    ['src/package-lock.json', null],
    ['src/xpackages.lock.json', null],
    ['src/deps.json', null],
  ])('%s is read by the right one', (path, reader) => {
    expect(nuget.analyzers.filter(analyzer => analyzer.wants(path))).toEqual(reader === null ? [] : [reader])
  })

  it('say what a build ships, without its own projects', () => {
    const names = namesOf(depsJson, sample('TestLibrary.deps.json'))

    expect(names).toHaveLength(7)
    expect(names).toContain('AWSSDK.Core 3.7.10.6 DOTNET_CORE')
    expect(names.join()).not.toContain('TestCommon')
  })

  it('name the runtime that an application carries as its advisories do', () => {
    expect(namesOf(depsJson, sample('runtime.deps.json'))).toEqual([
      'Microsoft.NETCore.App.Runtime.win-x64 7.0.10 DOTNET_CORE',
      'Microsoft.WindowsDesktop.App.Runtime.win-x64 6.0.11 DOTNET_CORE',
    ])
  })

  it('lock versions for each framework', () => {
    const lock = {
      version: 2,
      dependencies: {
        'net6.0': {
          'Google.Protobuf': { type: 'Direct', requested: '[3.14.0, )', resolved: '3.14.0' },
          'System.Memory': { type: 'CentralTransitive', resolved: '4.5.3' },
          app: { type: 'Project', dependencies: {} },
        },
        'net6.0/linux-x64': { 'System.Memory': { type: 'Transitive', resolved: '4.5.4' } },
      },
    }

    expect(namesOf(packagesLock, bytesOf(lock))).toEqual([
      'Google.Protobuf 3.14.0 NUGET',
      'System.Memory 4.5.3 NUGET',
      'System.Memory 4.5.4 NUGET',
    ])
  })

  it('restore packages for a project', () => {
    const libraries = { 'BouncyCastle/1.8.5': { type: 'package' }, 'Lib/1.0.0': { type: 'project', path: '../Lib' } }

    expect(namesOf(projectAssets, bytesOf({ version: 3, libraries }))).toEqual(['BouncyCastle 1.8.5 NUGET'])
  })

  it('list packages in XML, outside comments', () => {
    const xml = `\uFEFF<?xml version="1.0" encoding="utf-8"?>
<packages>
  <package id="jQuery" version="1.10.2" targetFramework="net46" />
  <!-- <package id="Old" version="1.0" /> -->
  <package version='2.0.0'
           id = 'AjaxNetProfessional'></package>
</packages>`

    expect(namesOf(packagesConfig, bytesOf(xml))).toEqual(['jQuery 1.10.2 NUGET', 'AjaxNetProfessional 2.0.0 NUGET'])
  })

  it('read hostile XML in time, and follow no entity', () => {
    const start = performance.now()
    const endless = `<packages>${`<package ${'a'.repeat(4000)}>`.repeat(900)}<!--`
    const analysis = packagesConfig.analyze({ path: 'x', bytes: bytesOf(endless) })
    const entity = '<!DOCTYPE p [<!ENTITY v "1.0">]><packages><package id="A" version="&v;"/></packages>'

    expect(analysis).toMatchObject({ ok: true, value: { packages: [] } })
    expect(performance.now() - start).toBeLessThan(1000)
    expect(namesOf(packagesConfig, bytesOf(entity))).toEqual(['A &v; NUGET'])
  })

  it.each([
    [packagesLock, { version: 1 }],
    [packagesLock, '['],
    [projectAssets, { libraries: [] }],
    [depsJson, {}],
    [packagesConfig, '<configuration/>'],
  ] as const)('are a problem as a whole when they are not what their name says', (analyzer, content) => {
    expect(analyzer.analyze({ path: 'x', bytes: bytesOf(content) })).toMatchObject({ ok: false })
  })

  it('report an entry without a version', () => {
    const analysis = packagesLock.analyze({
      path: 'x',
      bytes: bytesOf({ dependencies: { net6: { A: { type: 'Direct' }, B: 1, '../C': { resolved: '1.0' } } } }),
    })

    expect(analysis.ok && analysis.value.problems.map(problem => problem.reason)).toEqual([
      'package-without-version',
      'malformed-lockfile',
      'malformed-lockfile',
    ])
  })
})

describe('what was built and what it was built from', () => {
  function found(filePath: string): InstalledPackage {
    const manager = filePath.endsWith('.deps.json') ? 'DOTNET_CORE' : 'NUGET'
    const rest = { type: 'nuget', namespace: null, name: 'A', version: '1.0', arch: null, source: null } as const
    return { ...rest, manager, filePath, layer: null, ownedBy: null }
  }
  const pathsOf = (...paths: string[]): string[] => nuget.withoutCopies(paths.map(found)).map(pkg => pkg.filePath)

  it('counts what was built', () => {
    const built = 'src/bin/Release/net8.0/linux-x64/App.deps.json'

    expect(pathsOf(built, 'src/packages.lock.json', 'src/obj/project.assets.json')).toEqual([built])
  })

  it('keeps other projects, and older package lists', () => {
    const paths = [
      'usr/share/dotnet/App.deps.json',
      'src/packages.lock.json',
      'src/packages.config',
      'b/packages.lock.json',
    ]

    expect(pathsOf(...paths)).toEqual(paths)
  })

  it('counts a lock and its restored assets once', () => {
    expect(pathsOf('packages.lock.json', 'obj/project.assets.json')).toEqual(['packages.lock.json'])
    expect(pathsOf('a/obj/project.assets.json')).toEqual(['a/obj/project.assets.json'])
  })

  it('goes by ids without regard to case', () => {
    expect(nuget.canonicalName('Microsoft.NetCore.App')).toBe(nuget.canonicalName('Microsoft.NETCore.App'))
  })
})
