import { describe, expect, it } from 'vitest'
import { analysisOf, anInstalledPackage, foundBy, refusalOf } from '../analyzer.suite.ts'
import { nuget } from './ecosystem.ts'
import { unpackedNuspec } from './nuspec.ts'
import { projectFile } from './project-file.ts'

describe('a project file of .NET', () => {
  it('names direct dependencies in every form of a version that a restore takes as it stands', () => {
    const { packages, problems } = analysisOf(
      projectFile,
      `\ufeff<Project Sdk="Microsoft.NET.Sdk" xmlns="http://schemas.microsoft.com/developer/msbuild/2003">
        <!-- <PackageReference Include="Commented" Version="1.0.0" /> -->
        <PropertyGroup Condition="'$(A)' > '1'"><JsonVersion>13.0.1</JsonVersion><Loop>$(Loop)</Loop></PropertyGroup>
        <ItemGroup>
          <PackageReference Include="Attribute" Version="1.2.3" />
          <PackageReference Version="[2.0.0]" Include="Exact"/>
          <PackageReference Include="Element"><Version> 3.0.0-rc.1 </Version><PrivateAssets>all</PrivateAssets></PackageReference>
          <PackageReference Include="Newtonsoft.Json" Version="$(jsonversion)" />
          <PackageReference Include="Overridden" Version="1.0.0" VersionOverride="1.1.0" />
          <PackageReference Include="LowestOfRange" Version="[1.4, 2.0)" />
          <PackageReference Update="Updated" Version="5.0.0" />
          <PackageReference Remove="Removed" />
          <PackageReference Include="Central" />
          <PackageReference Include="Floating" Version="1.*" />
          <PackageReference Include="OpenBelow" Version="(,2.0)" />
          <PackageReference Include="Elsewhere" Version="$(Unknown)" />
          <PackageReference Include="Endless" Version="$(Loop)" />
          <ProjectReference Include="../other.csproj" />
        </ItemGroup>
      </Project>`,
      'app/app.csproj',
    )

    expect(packages.map(pkg => `${pkg.name} ${pkg.version} ${pkg.manager}`)).toEqual([
      'Attribute 1.2.3 NUGET', 'Exact 2.0.0 NUGET', 'Element 3.0.0-rc.1 NUGET', 'Newtonsoft.Json 13.0.1 NUGET',
      'Overridden 1.1.0 NUGET', 'LowestOfRange 1.4 NUGET', 'Updated 5.0.0 NUGET',
    ]) // prettier-ignore
    expect(problems).toMatchObject([{ reason: 'package-without-version' }])
    expect(problems[0]?.detail).toMatch(/^4 packages .*"Floating", "OpenBelow", "Elsewhere", "Endless"$/)
  })

  it('may be the list for all projects below it', () => {
    const list =
      '<Project><ItemGroup><PackageVersion Include="A" Version="1.0.0" /><GlobalPackageReference Include="B" Version="2.0.0" /></ItemGroup></Project>'

    expect(foundBy(projectFile, list)).toEqual(['A 1.0.0', 'B 2.0.0'])
  })

  it.each([
    '<Project>',
    '<!DOCTYPE x [<!ENTITY a "b">]><Project/>',
    'words',
    `${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}`,
  ])('is refused when it is no XML that is read: %s', text => {
    expect(refusalOf(projectFile, text)).toBe('malformed-lockfile')
  })

  it.each([
    ['app/App.csproj', true],
    ['app/App.FSPROJ', true],
    ['Directory.Packages.props', true],
    ['src/Directory.Build.targets', true],
    ['app/App.csproj.user', false],
    ['app/Other.props', false],
    ['app/node_modules/cordova-plugin/src/windows/Plugin.csproj', false],
  ])('%s is one: %s', (path, isWanted) => {
    expect(projectFile.wants(path)).toBe(isWanted)
  })
})

describe('an unpacked package of NuGet', () => {
  const nuspec =
    '<?xml version="1.0"?><package><metadata minClientVersion="2.12"><id>Newtonsoft.Json</id><version>12.0.1</version><dependencies><group><dependency id="X" version="9"/></group></dependencies></metadata></package>'

  it('is what its nuspec says', () => {
    expect(foundBy(unpackedNuspec, nuspec)).toEqual(['Newtonsoft.Json 12.0.1'])
    expect(analysisOf(unpackedNuspec, '<package><metadata><id>A</id></metadata></package>').problems).toMatchObject([
      { reason: 'package-without-version' },
    ])
    expect(refusalOf(unpackedNuspec, '<package>')).toBe('malformed-lockfile')
  })

  it.each([
    ['root/.nuget/packages/newtonsoft.json/12.0.1/newtonsoft.json.nuspec', true],
    ['usr/share/dotnet/sdk/NuGetFallbackFolder/a/1.0.0/a.nuspec', true],
    ['src/package/package.nuspec', false],
    ['a/1.0.0/b.nuspec', false],
  ])('lies where NuGet unpacks it: %s %s', (path, isWanted) => {
    expect(unpackedNuspec.wants(path)).toBe(isWanted)
  })
})

describe('project files beside what a restore chose', () => {
  const found = (filePath: string, name = 'A') => {
    const manager = filePath.endsWith('.deps.json') ? 'DOTNET_CORE' : 'NUGET'
    return anInstalledPackage({ type: 'nuget', name, version: '1.0', manager, filePath })
  }
  const kept = (...packages: readonly ReturnType<typeof found>[]): readonly string[] =>
    nuget.withoutCopies(packages).map(pkg => `${pkg.filePath} ${pkg.name}`)

  it.each(['src/packages.lock.json', 'src/obj/project.assets.json', 'src/bin/Release/net8.0/App.deps.json'])(
    'give way to %s',
    path => {
      expect(kept(found('src/App.csproj'), found(path), found('other/Other.csproj'))).toEqual([
        `${path} A`,
        'other/Other.csproj A',
      ])
    },
  )

  it('keep of a central list what no project below is known to have', () => {
    expect(
      kept(found('Directory.Packages.props'), found('Directory.Packages.props', 'B'), found('a/packages.lock.json'),
        found('b/Directory.Packages.props')),
    ).toEqual(['Directory.Packages.props B', 'a/packages.lock.json A', 'b/Directory.Packages.props A']) // prettier-ignore
  })
})
