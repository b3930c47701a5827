import type { InstalledPackage } from '../../domain/inventory.ts'
import { directoryOf } from '../text-lines.ts'
import { isProjectFile } from './project-file.ts'

/**
 * The packages without those that only a project's build inputs name, where what was built lies in or below the
 * project: its `*.deps.json` says what ships, while lock and assets also name analyzers and build tools. Assets in
 * `obj/` repeat the lock of the project above. Project files give way to whatever knows what a restore chose; of a list
 * for many projects, what any of them is known to have. (matching-and-feeds §4.2: the installed copy wins)
 */
export function withoutBuildInputs(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  const built = new Set<string>()
  const locked = new Set<string>()
  const restored = new Set<string>()
  for (const pkg of packages) {
    if (pkg.type !== 'nuget' || isLeftAlone(pkg.filePath) || isProjectFile(pkg.filePath)) continue
    restored.add(projectOf(pkg.filePath))
    if (pkg.manager === 'DOTNET_CORE') {
      for (const directory of withParents(directoryOf(pkg.filePath))) built.add(directory)
    } else if (pkg.filePath.endsWith('.lock.json')) locked.add(directoryOf(pkg.filePath))
  }
  if (restored.size === 0) return packages
  const isListedBelow = namesBelowCentralLists(packages)
  return packages.filter(pkg => {
    if (pkg.type !== 'nuget' || pkg.manager === 'DOTNET_CORE' || isLeftAlone(pkg.filePath)) return true
    const project = projectOf(pkg.filePath)
    if (isCentralList(pkg.filePath)) return !isListedBelow.has(`${directoryOf(pkg.filePath)} ${pkg.name.toLowerCase()}`)
    if (isProjectFile(pkg.filePath)) return !built.has(project) && !restored.has(project)
    const isAssets = pkg.filePath.endsWith('project.assets.json')
    return !built.has(project) && !(isAssets && locked.has(project))
  })
}

/** `directory name` for every directory with a central list, and every package that a restore below it is known to have. */
function namesBelowCentralLists(packages: readonly InstalledPackage[]): ReadonlySet<string> {
  const nuget = packages.filter(pkg => pkg.type === 'nuget')
  const centers = new Set(nuget.filter(pkg => isCentralList(pkg.filePath)).map(pkg => directoryOf(pkg.filePath)))
  const names = new Set<string>()
  if (centers.size === 0) return names
  const above = new Map<string, readonly string[]>()
  for (const { filePath, name } of nuget) {
    if (isProjectFile(filePath) || isLeftAlone(filePath)) continue
    const directory = directoryOf(filePath)
    const known = above.get(directory) ?? directoriesOf(directory).filter(one => centers.has(one))
    above.set(directory, known)
    for (const center of known) names.add(`${center} ${name.toLowerCase()}`)
  }
  return names
}

/** `a/b/` -> `a/b/`, `a/` and the root. */
function directoriesOf(directory: string): readonly string[] {
  const directories = ['']
  for (let at = directory.indexOf('/'); at >= 0; at = directory.indexOf('/', at + 1)) {
    directories.push(directory.slice(0, at + 1))
  }
  return directories
}

/** A list for all projects below it, whether they use what it names or not. */
function isCentralList(path: string): boolean {
  return /(?:^|\/)Directory\.[^/]*$/i.test(path)
}

/** Files that say what they say whatever lies beside them: of older projects, and of unpacked packages. */
function isLeftAlone(path: string): boolean {
  return /\.(?:config|nuspec)$/i.test(path)
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
