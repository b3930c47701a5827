import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { utf8TextOf } from '../../base/utf8.ts'
import type { FileError, FileTree, RandomAccess, TreeEntry } from '../file-tree.ts'
import { DiskFault } from './block-device.ts'
import { DEFAULT_DISK_LIMITS } from '../limits.ts'
import type { DiskLimits } from '../limits.ts'
import type { DiskEntry, DiskFileSystem, DiskNode } from './disk-file-system.ts'

/** A file system and the path it is mounted at; one of them at `''`, the root. */
export interface Mount {
  readonly path: string
  readonly fileSystem: DiskFileSystem
}

/** Symlinks followed for one path before it counts as a loop, as in Linux. (path_resolution(7)) */
const MOST_LINKS = 40
const PIECE_BYTES = 1 << 20

/** A node of one of the mounted file systems. */
interface Place {
  readonly mount: Mount
  readonly node: number
}

interface Step {
  readonly path: string
  readonly place: Place
}

/** What a directory turned out to hold, and what kept it from being read to the end. */
interface Listing {
  readonly entries: readonly DiskEntry[]
  readonly fault: DiskFault | null
}

/**
 * The file systems of a disk as one tree, as a machine that boots from it would see them. Paths are resolved as a process
 * confined to the root would (chroot), across mounts.
 */
export function diskTree(mounts: readonly Mount[], limits: DiskLimits = DEFAULT_DISK_LIMITS): FileTree {
  const reader = new DiskTreeReader(mounts, limits)
  return {
    walk: onError => reader.walk(onError),
    async read(path, limitBytes) {
      const node = await reader.openFile(path)
      if (!node.ok) return node
      const { sizeBytes } = node.value
      if (sizeBytes > limitBytes) return err({ is: 'too-large', path, sizeBytes, limitBytes })
      return attempt(path, () => readWhole(node.value))
    },
    async open(path) {
      const node = await reader.openFile(path)
      return node.ok ? ok(randomAccess(node.value)) : node
    },
  }
}

/** The path of a directory without symlinks, as what `mounts` hold leads there; `null` where no directory is. */
export async function resolveDirectory(mounts: readonly Mount[], path: string): Promise<string | null> {
  const found = await new DiskTreeReader(mounts, DEFAULT_DISK_LIMITS).resolve(path)
  if (found === null) return null
  const node = await found.place.mount.fileSystem.open(found.place.node)
  return node.kind === 'directory' ? found.path : null
}

class DiskTreeReader {
  private readonly byPath: ReadonlyMap<string, Mount>
  private readonly limits: DiskLimits
  /** Names of directories that were listed lately, oldest use first. */
  private readonly remembered = new Map<string, ReadonlyMap<string, DiskEntry>>()
  private rememberedEntries = 0
  private contentLeft: number
  /** What the walk handed out last: it is what is asked for next. */
  private latest: Step | null = null

  constructor(mounts: readonly Mount[], limits: DiskLimits) {
    this.byPath = new Map(mounts.map(mount => [mount.path, mount]))
    this.limits = limits
    this.contentLeft = limits.contentBytes
  }

  async *walk(onError: (error: FileError) => void): AsyncGenerator<TreeEntry> {
    const root = this.rootPlace()
    const seen = new Set([keyOf(root)])
    const ahead = new Map<string, Promise<Listing>>()
    const open: Step[] = [{ path: '', place: root }]
    let entriesLeft = this.limits.entriesPerTree
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      const listing = await (ahead.get(step.path) ?? this.list(step.place))
      ahead.delete(step.path)
      if (listing.fault !== null) onError(unreadable(step.path, listing.fault))
      this.remember(step.place, listing.entries)
      const inside: Step[] = []
      for (const entry of listing.entries) {
        entriesLeft -= 1
        if (entriesLeft < 0) {
          const detail = `more than ${this.limits.entriesPerTree} entries; the rest of the disk is not read`
          onError({ is: 'unreadable', path: step.path, detail })
          return
        }
        const path = step.path === '' ? entry.name : `${step.path}/${entry.name}`
        if (path.length > this.limits.pathCharacters) {
          const detail = `a path of more than ${this.limits.pathCharacters} characters`
          onError({ is: 'unreadable', path: `${path.slice(0, 200)}…`, detail })
          continue
        }
        const found = await this.place(path, step.place, entry, onError)
        if (found === null) continue
        const { place, kind } = found
        this.latest = { path, place }
        yield { path, kind }
        if (kind !== 'directory') continue
        if (path.split('/').length >= this.limits.directoryDepth) {
          onError({ is: 'unreadable', path, detail: `deeper than ${this.limits.directoryDepth} directories` })
        } else if (seen.has(keyOf(place))) {
          // No Linux links a directory twice: this one leads back into itself, or the disk is damaged.
          onError({ is: 'unreadable', path, detail: `directory ${place.node} is in the tree a second time` })
        } else {
          seen.add(keyOf(place))
          inside.push({ path, place })
        }
      }
      open.push(...inside.reverse())
      for (const next of open.slice(-this.limits.directoriesAhead)) {
        if (ahead.has(next.path)) continue
        const listing = this.list(next.place)
        // A failure of the source is told to whoever awaits this listing; the walk may have ended by then.
        listing.catch(() => undefined)
        ahead.set(next.path, listing)
      }
    }
  }

  async openFile(path: string): Promise<Result<DiskNode, FileError>> {
    if (path.startsWith('/') || path.includes('\0') || path.split('/').includes('..')) {
      return err({ is: 'outside-root', path })
    }
    return attempt(path, async () => {
      const found = await this.resolve(path)
      if (found === null) return null
      const node = await found.place.mount.fileSystem.open(found.place.node)
      if (node.kind === 'file') return this.counted(node)
      throw new DiskFault('unreadable', 'not a regular file')
    })
  }

  /** The file, until all files together have given as much as they may. */
  private counted(node: DiskNode): DiskNode {
    return {
      ...node,
      read: (offset, length) => {
        this.contentLeft -= Math.max(0, Math.min(length, node.sizeBytes - offset))
        if (this.contentLeft >= 0) return node.read(offset, length)
        const detail = `more than ${this.limits.contentBytes} bytes of files; the rest of them is not read`
        return Promise.reject(new DiskFault('limit-exceeded', detail))
      },
    }
  }

  private rootPlace(): Place {
    const mount = this.byPath.get('')
    if (mount === undefined) throw new Error('a disk tree needs a file system at its root')
    return { mount, node: mount.fileSystem.rootNode }
  }

  /** Never rejects with a `DiskFault`: listings wait for their turn, where nobody would catch it. */
  private async list({ mount, node }: Place): Promise<Listing> {
    const entries: DiskEntry[] = []
    const most = this.limits.entriesPerDirectory
    try {
      await mount.fileSystem.list(node, entry => {
        if (entries.length >= most) throw new DiskFault('limit-exceeded', `more than ${most} entries in one directory`)
        entries.push(entry)
      })
      return { entries, fault: null }
    } catch (thrown) {
      if (!(thrown instanceof DiskFault)) throw thrown
      return { entries, fault: thrown }
    }
  }

  /** Where an entry leads and what is there: the root of another file system where one is mounted. */
  private async place(
    path: string,
    parent: Place,
    entry: DiskEntry,
    onError: (error: FileError) => void,
  ): Promise<{ place: Place; kind: TreeEntry['kind'] } | null> {
    const mounted = this.byPath.get(path)
    if (mounted !== undefined) {
      return { place: { mount: mounted, node: mounted.fileSystem.rootNode }, kind: 'directory' }
    }
    const place = { mount: parent.mount, node: entry.node }
    if (entry.kind !== null) return { place, kind: entry.kind }
    try {
      return { place, kind: (await parent.mount.fileSystem.open(entry.node)).kind }
    } catch (thrown) {
      if (!(thrown instanceof DiskFault)) throw thrown
      onError(unreadable(path, thrown))
      return null
    }
  }

  private remember(place: Place, entries: readonly DiskEntry[]): ReadonlyMap<string, DiskEntry> {
    // The first of two equal names, as a lookup of Linux finds it.
    const names = new Map(entries.toReversed().map(entry => [entry.name, entry]))
    const key = keyOf(place)
    this.rememberedEntries += names.size - (this.remembered.get(key)?.size ?? 0)
    this.remembered.delete(key)
    this.remembered.set(key, names)
    for (const [oldest, { size }] of this.remembered) {
      if (this.rememberedEntries <= this.limits.rememberedEntries || oldest === key) break
      this.remembered.delete(oldest)
      this.rememberedEntries -= size
    }
    return names
  }

  private async namesIn(place: Place): Promise<ReadonlyMap<string, DiskEntry>> {
    const key = keyOf(place)
    const known = this.remembered.get(key)
    if (known !== undefined) {
      this.remembered.delete(key)
      this.remembered.set(key, known)
      return known
    }
    // Names of a damaged directory that could be read are good; the walk has told of the damage.
    return this.remember(place, (await this.list(place)).entries)
  }

  /** The node behind a path, found part by part, and its path without links; `null` where nothing is. */
  async resolve(path: string): Promise<Step | null> {
    const latest = this.latest
    if (latest !== null && latest.path === path) {
      const { kind } = await latest.place.mount.fileSystem.open(latest.place.node)
      if (kind !== 'symlink') return latest
    }
    const waiting = path.split('/').reverse()
    const steps: Step[] = [{ path: '', place: this.rootPlace() }]
    let links = 0
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      if (part === '' || part === '.') continue
      if (part === '..') {
        if (steps.length > 1) steps.pop()
        continue
      }
      const parent = steps.at(-1)
      if (parent === undefined) return null
      const found = await this.child(parent, part)
      if (found === null) return null
      const node = await found.place.mount.fileSystem.open(found.place.node)
      if (node.kind !== 'symlink') {
        if (waiting.length > 0 && node.kind !== 'directory') return null
        steps.push(found)
        continue
      }
      links += 1
      if (links > MOST_LINKS) throw new DiskFault('unreadable', 'too many symbolic links')
      const target = await this.targetOf(node)
      if (target.startsWith('/')) steps.length = 1
      waiting.push(...target.split('/').reverse())
    }
    return steps.at(-1) ?? null
  }

  private async child(parent: Step, name: string): Promise<Step | null> {
    const path = parent.path === '' ? name : `${parent.path}/${name}`
    const entry = (await this.namesIn(parent.place)).get(name)
    if (entry === undefined) return null
    const mounted = this.byPath.get(path)
    const node = mounted?.fileSystem.rootNode ?? entry.node
    return { path, place: { mount: mounted ?? parent.place.mount, node } }
  }

  private async targetOf(node: DiskNode): Promise<string> {
    const { linkBytes } = this.limits
    if (node.sizeBytes > linkBytes) throw new DiskFault('limit-exceeded', `a link of more than ${linkBytes} bytes`)
    return utf8TextOf(await node.read(0, node.sizeBytes))
  }
}

function keyOf({ mount, node }: Place): string {
  return `${node} ${mount.path}`
}

function unreadable(path: string, fault: DiskFault): FileError {
  return { is: 'unreadable', path, detail: fault.message }
}

/** The answer, `not-found` for `null`, or what the disk has against it. */
async function attempt<T>(path: string, run: () => Promise<T | null>): Promise<Result<T, FileError>> {
  try {
    const value = await run()
    return value === null ? err({ is: 'not-found', path }) : ok(value)
  } catch (thrown) {
    if (thrown instanceof DiskFault) return err(unreadable(path, thrown))
    throw thrown
  }
}

async function readWhole(node: DiskNode): Promise<Uint8Array> {
  const whole = new Uint8Array(node.sizeBytes)
  for (let at = 0; at < whole.byteLength; at += PIECE_BYTES) {
    whole.set(await node.read(at, Math.min(PIECE_BYTES, whole.byteLength - at)), at)
  }
  return whole
}

function randomAccess(node: DiskNode): RandomAccess {
  const { sizeBytes, mode } = node
  async function* stream(offset: number, length: number): AsyncGenerator<Uint8Array> {
    const end = Math.min(offset + length, sizeBytes)
    for (let at = offset; at < end; at += PIECE_BYTES) yield await node.read(at, Math.min(PIECE_BYTES, end - at))
  }
  return {
    sizeBytes,
    ...(mode === undefined ? {} : { mode }),
    read: (offset, length) => node.read(offset, length),
    stream,
    // The disk stays open for its other files; whoever opened it closes it.
    async close() {},
  }
}
