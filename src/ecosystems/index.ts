import type { Namespace, PurlType } from '../domain/namespace.ts'
import { apk } from './apk/ecosystem.ts'
import { bitnami } from './bitnami/ecosystem.ts'
import { cargo } from './cargo/ecosystem.ts'
import { composer } from './composer/ecosystem.ts'
import { conan } from './conan/ecosystem.ts'
import { cran } from './cran/ecosystem.ts'
import { deb } from './deb/ecosystem.ts'
import type { Analyzer, Ecosystem } from './ecosystem.ts'
import { gem } from './gem/ecosystem.ts'
import { generic } from './generic/ecosystem.ts'
import { githubactions } from './githubactions/ecosystem.ts'
import { golang } from './golang/ecosystem.ts'
import { hex } from './hex/ecosystem.ts'
import { maven } from './maven/ecosystem.ts'
import { npm } from './npm/ecosystem.ts'
import { nuget } from './nuget/ecosystem.ts'
import { pub } from './pub/ecosystem.ts'
import { pypi } from './pypi/ecosystem.ts'
import { rpm } from './rpm/ecosystem.ts'
import { swift } from './swift/ecosystem.ts'

/** Every packaging system that is understood, by purl type. */
export const ECOSYSTEMS: readonly Ecosystem[] = [
  apk,
  bitnami,
  cargo,
  composer,
  conan,
  cran,
  deb,
  gem,
  generic,
  githubactions,
  golang,
  hex,
  maven,
  npm,
  nuget,
  pub,
  pypi,
  rpm,
  swift,
]

/** Every analyzer of every ecosystem, by id. */
export const ANALYZERS: readonly Analyzer[] = ECOSYSTEMS.flatMap(ecosystem => ecosystem.analyzers)

const BY_TYPE = new Map(ECOSYSTEMS.map(ecosystem => [ecosystem.purlType, ecosystem]))

/** Total: a test holds the list against `PURL_TYPES`. */
export function ecosystemOf(purlType: PurlType): Ecosystem {
  const ecosystem = BY_TYPE.get(purlType)
  if (ecosystem === undefined) throw new Error(`no folder of ecosystems/ is named ${purlType}`)
  return ecosystem
}

/** Our namespace for an ecosystem string of the OSV schema, and whose it is; `null` for one that no folder understands. */
export function namespaceOfOsv(
  osvEcosystem: string,
): { readonly namespace: Namespace; readonly ecosystem: Ecosystem } | null {
  for (const ecosystem of ECOSYSTEMS) {
    const namespace = ecosystem.namespaceOfOsv(osvEcosystem)
    if (namespace !== null) return { namespace, ecosystem }
  }
  return null
}
