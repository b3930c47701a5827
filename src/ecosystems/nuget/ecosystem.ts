import type { Ecosystem } from '../ecosystem.ts'
import { commandFor, languageEcosystem } from '../language-ecosystem.ts'
import { withoutBuildInputs } from './build-inputs.ts'
import { depsJson } from './deps-json.ts'
import { unpackedNuspec } from './nuspec.ts'
import { packagesConfig } from './packages-config.ts'
import { packagesLock } from './packages-lock.ts'
import { projectAssets } from './project-assets.ts'
import { projectFile } from './project-file.ts'
import { nugetScheme } from './version.ts'

/** .NET packages of nuget.org, and the runtime packs that applications carry with them. (matching-and-feeds §2.7) */
export const nuget: Ecosystem = languageEcosystem({
  purlType: 'nuget',
  scheme: nugetScheme,
  knownLimits: [
    'Project files name direct dependencies only: what those need is known where a lock, assets or a `deps.json` lie beside them.',
    'Assemblies without a `deps.json` are not opened.',
  ],
  analyzers: [depsJson, packagesConfig, packagesLock, projectAssets, projectFile, unpackedNuspec],
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
