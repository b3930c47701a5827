import { ok } from '../../base/result.ts'
import type { Analyzer } from '../ecosystem.ts'
import { FoundPackages, LOCKFILE_LIMIT_BYTES, lockfileObject, malformedLockfile } from '../found-packages.ts'
import { isJsonList, isJsonObject, type Json, type JsonObject, member, stringMember } from '../json-file.ts'
import { quoted } from '../problem.ts'
import { addReference, isConanName } from './reference.ts'

const LISTS = ['requires', 'build_requires', 'python_requires'] as const

/** `conan.lock`, of Conan 1 (a graph) and Conan 2 (lists). (docs.conan.io, lockfiles) */
export const conanLock: Analyzer = {
  id: 'conan/conan-lock',
  revision: 1,
  limitBytes: LOCKFILE_LIMIT_BYTES,
  wants: path => path === 'conan.lock' || path.endsWith('/conan.lock'),
  analyze(file) {
    const json = lockfileObject(file)
    if (!json.ok) return json
    const found = new FoundPackages(file.path, { type: 'conan', manager: 'OTHER', isName: isConanName })
    const graph = member(json.value, 'graph_lock')
    const nodes = isJsonObject(graph) ? member(graph, 'nodes') : undefined
    if (isJsonObject(nodes)) addNodes(nodes, found)
    else if (LISTS.some(list => isJsonList(member(json.value, list)))) addLists(json.value, found)
    else return malformedLockfile(file, 'neither requires nor graph_lock')
    return ok(found.analysis())
  },
}

/** Conan 1. The node with a `path` is the project itself; one without a reference is a bare conanfile.txt. */
function addNodes(nodes: JsonObject, found: FoundPackages): void {
  for (const [key, node] of Object.entries(nodes)) {
    if (found.isFull) return
    if (!isJsonObject(node)) found.problem('malformed-lockfile', `the node ${quoted(key)} is not an object`)
    else if (member(node, 'path') === undefined && member(node, 'ref') !== undefined) {
      addReference(stringMember(node, 'ref'), found)
    }
  }
}

function addLists(lock: JsonObject, found: FoundPackages): void {
  for (const list of LISTS) {
    const references: Json | undefined = member(lock, list)
    if (!isJsonList(references)) continue
    for (const reference of references) {
      if (found.isFull) return
      // With `--lockfile-packages` each is a pair of reference and package ids.
      const text = isJsonList(reference) ? reference[0] : reference
      addReference(typeof text === 'string' ? text : undefined, found)
    }
  }
}
