import type { Ecosystem } from '../ecosystem.ts'
import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { withoutBuildInputs } from './build-inputs.ts'
import { depsJson } from './deps-json.ts'
import { packagesConfig } from './packages-config.ts'
import { packagesLock } from './packages-lock.ts'
import { projectAssets } from './project-assets.ts'
import { nugetScheme } from './version.ts'

/** .NET packages of nuget.org, and the runtime packs that applications carry with them. (matching-and-feeds §2.7) */
export const nuget: Ecosystem = languageEcosystem({
  purlType: 'nuget',
  scheme: nugetScheme,
  knownLimits: ['Project files (`csproj`, `Directory.Packages.props`) are not read.'],
  analyzers: [depsJson, packagesConfig, packagesLock, projectAssets],
  osvName: 'NuGet',
  trustedPrefixes: ['GHSA-'],
  // Ids are compared without regard to case; packages keep the spelling of their file. (NuGet docs, package id)
  canonicalName: name => name.toLowerCase(),
  withoutCopies: withoutBuildInputs,
  remediation: pkg =>
    pkg.name.includes('.App.Runtime.')
      ? 'Rebuild with the patched .NET runtime'
      : commandFor(pkg.name, 'dotnet add package', 'dotnet restore'),
})
