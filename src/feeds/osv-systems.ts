/**
 * Systems other than Linux, as Go (`go tool dist list`) and Rust (`target_os`, `target_family`) name them. A name that is
 * not here may stand for Linux too, as `unix` does.
 */
const OTHER_SYSTEMS: ReadonlySet<string> = new Set([
  'aix',
  'android',
  'darwin',
  'dragonfly',
  'freebsd',
  'fuchsia',
  'haiku',
  'hurd',
  'illumos',
  'ios',
  'js',
  'macos',
  'netbsd',
  'openbsd',
  'plan9',
  'redox',
  'solaris',
  'wasi',
  'wasip1',
  'windows',
])

/** Largest number of names or imports that is looked at; records seen have less than a hundred. */
const MOST = 5_000

/**
 * The systems that an entry is about, sorted, when it names some and none of them is or may be Linux; else `null`. Go
 * names them import by import, so that one import without systems concerns all. (`ecosystem_specific` of the Go
 * vulnerability database: `imports[].goos`; of RustSec: `affects.os`)
 */
export function otherSystemsOf(ecosystemSpecific: unknown): readonly string[] | null {
  const names =
    systemsOfImports(member(ecosystemSpecific, 'imports')) ?? member(member(ecosystemSpecific, 'affects'), 'os')
  if (!Array.isArray(names) || names.length === 0 || names.length > MOST) return null
  const others = new Set<string>()
  for (const name of names as readonly unknown[]) {
    if (typeof name !== 'string' || !OTHER_SYSTEMS.has(name)) return null
    others.add(name)
  }
  return [...others].sort()
}

function systemsOfImports(imports: unknown): readonly unknown[] | null {
  if (!Array.isArray(imports) || imports.length === 0 || imports.length > MOST) return null
  const names: unknown[] = []
  for (const one of imports as readonly unknown[]) {
    const systems = member(one, 'goos')
    if (!Array.isArray(systems) || systems.length === 0 || systems.length > MOST - names.length) return null
    names.push(...(systems as readonly unknown[]))
  }
  return names
}

function member(value: unknown, key: string): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}
