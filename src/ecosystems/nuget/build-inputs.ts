import type { InstalledPackage } from '../../domain/inventory.ts'
import { directoryOf } from '../text-lines.ts'

/**
 * The packages without those that only a project's build inputs name, where what was built lies in or below the
 * project: its `*.deps.json` says what ships, while lock and assets also name analyzers and build tools. Assets in
 * `obj/` repeat the lock of the project above. (matching-and-feeds §4.2: the installed copy wins)
 */
export function withoutBuildInputs(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const built = new Set<string>()
  const locked = new Set<string>()
  for (const pkg of packages) {
    if (pkg.type !== 'nuget') continue
    if (pkg.manager === 'DOTNET_CORE') {
      for (const directory of withParents(directoryOf(pkg.filePath))) built.add(directory)
    } else if (pkg.filePath.endsWith('.lock.json')) locked.add(directoryOf(pkg.filePath))
  }
  if (built.size === 0 && locked.size === 0) return packages
  return packages.filter(pkg => {
    if (pkg.type !== 'nuget' || pkg.manager === 'DOTNET_CORE' || /\.config$/i.test(pkg.filePath)) return true
    const isAssets = pkg.filePath.endsWith('project.assets.json')
    const project = projectOf(pkg.filePath)
    return !built.has(project) && !(isAssets && locked.has(project))
  })
}

/** `app/obj/project.assets.json` and `app/packages.lock.json` belong to `app/`. */
function projectOf(path: string): string {
  return directoryOf(path).replace(/(?:^|(?<=\/))obj\/$/, '')
}

/**
 * The directory and those of a build above it: `bin/`, the configuration and the framework, and the project. A root
 * file system has a file of the runtime itself somewhere, which says nothing about the projects of the whole disk.
 */
function* withParents(directory: string): Generator<string> {
  yield directory
  const bin = /^(.*\/)?bin\/(?:[^/]+\/){0,4}$/.exec(directory)
  if (bin !== null) yield bin[1] ?? ''
}
