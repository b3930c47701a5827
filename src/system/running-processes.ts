import { closeSync, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs'
import { endianness } from 'node:os'
import { join } from 'node:path'
import { RUNTIME_LIMITS } from '../domain/runtime-facts.ts'
import { pathOfLink, PROC_MAPS_LIMIT, readProcMaps } from '../inventory/runtime/proc-maps.ts'
import { PROC_NET_LIMIT, readProcNet, type OpenSocket } from '../inventory/runtime/proc-net.ts'
import type { SeenProcesses } from '../inventory/runtime/runtime-facts.ts'

/** Processes, and open files of one, that are looked at: far above what one machine is set up for. */
const MOST_PROCESSES = 100_000
const MOST_DESCRIPTORS = 200_000
/** Distinct loaded files of all processes together. */
const MOST_FILES = 100_000

/**
 * Looks at the processes whose root is `root`: those of containers have files and packages of their own. What may not be
 * read (other users' processes, without root) is a gap, not an error. (proc(5))
 */
export function runningProcesses(root: string, proc = '/proc'): SeenProcesses {
  const gaps = new Set<string>()
  const files = new Set<string>()
  const programOfSocket = new Map<string, string>()
  const sockets = (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((protocol): readonly OpenSocket[] => {
    const text = readKernelFile(join(proc, 'net', protocol), PROC_NET_LIMIT)
    if (text === null) gaps.add('sockets-not-readable')
    return text === null ? [] : readProcNet(text, protocol, endianness() === 'LE', RUNTIME_LIMITS.sockets + 1)
  })
  const waiting = new Set(sockets.map(({ inode }) => inode))
  const own = identityOf(root)
  const pids = listOf(proc)?.filter(name => /^[0-9]{1,10}$/.test(name)) ?? []
  if (pids.length === 0) gaps.add('processes-not-readable')
  if (pids.length > MOST_PROCESSES) gaps.add('more-processes-than-looked-at')
  for (const pid of pids.slice(0, MOST_PROCESSES)) {
    const folder = join(proc, pid)
    const program = linkOf(join(folder, 'exe'))
    // Threads of the kernel have no program, and nobody may ask for that of another user.
    if (program === 'denied') gaps.add('processes-not-readable')
    if (program === 'denied' || program === 'none') continue
    if (own === null || identityOf(join(folder, 'root')) !== own) continue
    const path = pathInside(program.path, root)
    if (path === null) continue
    files.add(path)
    const maps = readKernelFile(join(folder, 'maps'), PROC_MAPS_LIMIT)
    if (maps === null) gaps.add('processes-not-readable')
    else readProcMaps(maps, mapped => addWithin(files, pathInside(mapped, root), gaps))
    for (const inode of socketsHeldBy(folder, gaps)) if (waiting.has(inode)) programOfSocket.set(inode, path)
  }
  return { sockets, programOfSocket, files, gaps: [...gaps] }
}

function addWithin(files: Set<string>, path: string | null, gaps: Set<string>): void {
  if (path === null) return
  if (files.size < MOST_FILES) files.add(path)
  else gaps.add('more-files-than-looked-at')
}

/** The path below `root`: links and maps are shown from the root of whoever looks. */
function pathInside(path: string, root: string): string | null {
  const prefix = root.replace(/^\/+|\/+$/g, '')
  if (prefix === '') return path
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : null
}

function socketsHeldBy(folder: string, gaps: Set<string>): readonly string[] {
  const inodes: string[] = []
  const descriptors = listOf(join(folder, 'fd'))
  if (descriptors === null) gaps.add('processes-not-readable')
  for (const descriptor of descriptors?.slice(0, MOST_DESCRIPTORS) ?? []) {
    try {
      const inode = /^socket:\[([0-9]{1,20})\]$/.exec(readlinkSync(join(folder, 'fd', descriptor)))?.[1]
      if (inode !== undefined) inodes.push(inode)
    } catch {
      // Closed since it was listed.
    }
  }
  return inodes
}

/** Names in a directory; `null` where it cannot be read. A process that ended meanwhile has none. */
function listOf(directory: string): readonly string[] | null {
  try {
    return readdirSync(directory)
  } catch (thrown) {
    return isGone(thrown) ? [] : null
  }
}

function linkOf(path: string): { readonly path: string } | 'denied' | 'none' {
  try {
    const target = pathOfLink(readlinkSync(path))
    return target === null ? 'none' : { path: target }
  } catch (thrown) {
    return isGone(thrown) ? 'none' : 'denied'
  }
}

function identityOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    return null
  }
}

/** The text of a file whose size the kernel does not tell; a longer one is cut at its last whole line. */
function readKernelFile(path: string, limitBytes: number): string | null {
  const pieces: Buffer[] = []
  let size = 0
  try {
    const descriptor = openSync(path, 'r')
    try {
      for (;;) {
        const piece = Buffer.allocUnsafe(64 * 1024)
        const read = readSync(descriptor, piece)
        if (read === 0 || size >= limitBytes) break
        pieces.push(piece.subarray(0, read))
        size += read
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (thrown) {
    return isGone(thrown) ? '' : null
  }
  const text = Buffer.concat(pieces).toString('utf8')
  return size >= limitBytes ? text.slice(0, text.lastIndexOf('\n') + 1) : text
}

function isGone(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null
  return code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR'
}
