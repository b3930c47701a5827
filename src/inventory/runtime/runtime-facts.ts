import {
  RUNTIME_LIMITS,
  type ListeningSocket,
  type LoadedPackage,
  type RuntimeFacts,
} from '../../domain/runtime-facts.ts'
import type { Ecosystem } from '../../ecosystems/ecosystem.ts'
import { mergedUsrPath } from '../analyzer-set.ts'
import type { FileTree } from '../file-tree.ts'
import type { OpenSocket } from './proc-net.ts'

/** What was seen of the processes of one machine. Paths have no leading slash. */
export interface SeenProcesses {
  readonly sockets: readonly OpenSocket[]
  /** Program by the inode of a socket that it holds. */
  readonly programOfSocket: ReadonlyMap<string, string>
  /** Programs and files that processes have mapped. */
  readonly files: ReadonlySet<string>
  readonly gaps: readonly string[]
}

/** Says to which packages the sockets and loaded files belong, from the package databases in `tree`. */
export async function runtimeFacts(
  seen: SeenProcesses,
  tree: FileTree,
  ecosystems: readonly Ecosystem[],
): Promise<RuntimeFacts> {
  const asked = new Set([...seen.files, ...seen.programOfSocket.values()].map(mergedUsrPath))
  const owners = await ownersOf(asked, tree, ecosystems)
  const gaps = new Set(seen.gaps)
  const cut = <T>(list: readonly T[], limit: number, gap: string): readonly T[] => {
    if (list.length > limit) gaps.add(gap)
    return list.slice(0, limit)
  }

  const filesOf = new Map<string, string[]>()
  const unowned: string[] = []
  for (const file of [...seen.files].sort()) {
    const owner = owners.get(mergedUsrPath(file))
    if (owner === undefined) {
      unowned.push(file)
      continue
    }
    const files = filesOf.get(owner)
    if (files === undefined) filesOf.set(owner, [file])
    else if (files.length < RUNTIME_LIMITS.filesPerPackage) files.push(file)
  }
  const loaded = [...filesOf].map(([name, files]): LoadedPackage => ({ name, files })).sort(byText(one => one.name))
  return {
    listening: cut(socketsOf(seen, owners), RUNTIME_LIMITS.sockets, 'more-sockets-than-listed'),
    loaded: cut(loaded, RUNTIME_LIMITS.packages, 'more-packages-than-listed'),
    unowned: cut(unowned, RUNTIME_LIMITS.unownedFiles, 'more-unowned-files-than-listed'),
    gaps: [...gaps].sort(),
  }
}

/** Each distinct socket once, in a stable order: several processes may hold one, and one program many alike. */
function socketsOf(seen: SeenProcesses, owners: ReadonlyMap<string, string>): readonly ListeningSocket[] {
  const distinct = new Map<string, ListeningSocket>()
  for (const { protocol, address, port, inode } of seen.sockets) {
    const program = seen.programOfSocket.get(inode) ?? null
    const owner = program === null ? null : (owners.get(mergedUsrPath(program)) ?? null)
    const key = `${protocol} ${address} ${String(port).padStart(5, '0')} ${program ?? ''}`
    distinct.set(key, { protocol, address, port, program, package: owner })
  }
  return [...distinct].sort(byText(([key]) => key)).map(([, socket]) => socket)
}

async function ownersOf(
  asked: ReadonlySet<string>,
  tree: FileTree,
  ecosystems: readonly Ecosystem[],
): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>()
  if (asked.size === 0) return owners
  const readers = ecosystems.flatMap(({ fileOwners }) => fileOwners ?? [])
  for await (const { path, kind } of tree.walk(() => {})) {
    if (kind !== 'file') continue
    const wanting = readers.filter(reader => reader.wants(path))
    if (wanting.length === 0) continue
    const read = await tree.read(path, Math.max(...wanting.map(reader => reader.limitBytes)))
    // The inventory of the same moment tells what could not be read.
    if (!read.ok) continue
    for (const reader of wanting) {
      for (const { owner, paths } of reader.owned({ path, bytes: read.value }, one => asked.has(mergedUsrPath(one)))) {
        for (const owned of paths) owners.set(mergedUsrPath(owned), owner)
      }
    }
  }
  return owners
}

function byText<T>(textOf: (one: T) => string): (a: T, b: T) => number {
  return (a, b) => (textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0)
}
