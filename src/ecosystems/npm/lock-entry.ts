import { FoundPackages } from '../found-packages.ts'
import type { PackageManager } from '../../domain/inventory.ts'
import { isPackageName } from './package-name.ts'

/** The packages that one lock file of the npm registry names. */
export function foundNpmPackages(path: string, manager: PackageManager): FoundPackages {
  return new FoundPackages(path, { type: 'npm', manager, isName: isPackageName })
}

/** A name and what follows its `@`: `@a/b@npm:1.0.0` is `@a/b` and `npm:1.0.0`; `null` where there are not two. */
export function splitAtVersion(text: string): { readonly name: string; readonly rest: string } | null {
  const at = text.indexOf('@', 1)
  return at < 0 ? null : { name: text.slice(0, at), rest: text.slice(at + 1) }
}

/** Whether a `file:` reference names an archive, not a directory of the project's own code. */
export function isArchive(reference: string): boolean {
  return /\.(?:tgz|tar\.gz|tar)(?:[#:?]|$)/.test(reference)
}

/** A scalar of a generated YAML file without its quotes; generated files escape nothing in names and versions. */
export function unquoted(text: string): string {
  const quote = text.charAt(0)
  if (quote !== '"' && quote !== "'") return text
  return text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : text.slice(1)
}
