import type { InstalledPackage } from '../domain/inventory.ts'
import { namespace } from '../domain/namespace.ts'
import type { Analyzer, FileAnalysis } from './ecosystem.ts'

/** What the analyzer says of a file with this content; throws when it believes nothing of it. */
export function analysisOf(analyzer: Analyzer, content: string | Uint8Array, path = 'app/file'): FileAnalysis {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const analysis = analyzer.analyze({ path, bytes })
  if (!analysis.ok) throw new Error(`${analysis.error.reason}: ${analysis.error.detail}`)
  return analysis.value
}

/** `name version` of every package that the analyzer finds. */
export function foundBy(analyzer: Analyzer, content: string): readonly string[] {
  return analysisOf(analyzer, content).packages.map(pkg => `${pkg.name} ${pkg.version}`)
}

/** Why the analyzer refuses the whole file; `null` when it does not. */
export function refusalOf(analyzer: Analyzer, content: string | Uint8Array): string | null {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const analysis = analyzer.analyze({ path: 'app/file', bytes })
  return analysis.ok ? null : analysis.error.reason
}

/** A package of a language ecosystem as an inventory holds it. */
export function anInstalledPackage(
  given: Pick<InstalledPackage, 'type' | 'name' | 'version' | 'manager' | 'filePath'>,
): InstalledPackage {
  return { namespace: namespace(given.type), arch: null, source: null, layer: null, ownedBy: null, ...given }
}
