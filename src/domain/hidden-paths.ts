import type { InventoryProblem } from './inventory.ts'

/** Reasons of problems that may hide any file of the resource, wherever the problem itself lies. */
const HIDE_ANYTHING = new Set([
  'volume-encrypted',
  'volume-unsupported',
  'volume-unreadable',
  'volume-unrecognised',
  // The newest changes of a disk that was in use: any file may be older or gone.
  'journal-not-replayed',
  // One list of problems that was cut off: nobody knows what it would have named.
  'problems-not-listed',
])

/**
 * Which paths the problems of an inventory may hide: those that they name, all below them, and everything where the path
 * is that of a layer or of the root, or the reason reaches beyond any path. What is hidden proves nothing by being absent.
 */
export function pathsHiddenBy(problems: readonly InventoryProblem[]): (path: string) => boolean {
  const hidesAnything = problems.some(
    ({ path, reason }) => path === '' || path.startsWith('sha256:') || HIDE_ANYTHING.has(reason),
  )
  if (hidesAnything) return () => true
  const hidden = new Set(problems.map(({ path }) => path))
  return path => {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (hidden.has(path.slice(0, end))) return true
    }
    return false
  }
}
