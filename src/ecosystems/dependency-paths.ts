/** Directories into which package managers unpack what a project depends on. */
const DEPENDENCY_DIRECTORY =
  /(?:^|\/)(?:node_modules|vendor|site-packages|dist-packages|gems|deps|\.cargo\/(?:registry|git)|pkg\/mod|\.pub-cache|checkouts)\//

/**
 * Whether the path lies inside a dependency. Many packages ship the lockfile and workflows of their own development:
 * those say what its authors built it with, not what is installed here.
 */
export function isInsideDependency(path: string): boolean {
  return DEPENDENCY_DIRECTORY.test(path)
}
