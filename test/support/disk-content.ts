import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskEntry, DiskFileSystem } from '../../src/inventory/disk/disk-file-system.ts'

/** Larger files are told by their size alone. */
const MOST_BYTES = 1 << 30

/** Every path with what is there: `dir`, or the kind, the size and the sum of what it holds. */
export type Content = readonly (readonly [path: string, content: string])[]

/** What a file system holds; an entry that cannot be read has the reason for its content. */
export async function contentOf(fileSystem: DiskFileSystem): Promise<Content> {
  const found: [string, string][] = []
  async function visit(directory: number, path: string): Promise<void> {
    const entries: DiskEntry[] = []
    await fileSystem.list(directory, entry => entries.push(entry))
    for (const { name, node } of entries) {
      const here = path === '' ? name : `${path}/${name}`
      if (here === 'lost+found') continue
      try {
        const opened = await fileSystem.open(node)
        found.push([here, await inWords(opened.kind, opened.sizeBytes, (at, length) => opened.read(at, length))])
        if (opened.kind === 'directory') await visit(node, here)
      } catch (thrown) {
        found.push([here, String(thrown)])
      }
    }
  }
  await visit(fileSystem.rootNode, '')
  return found.sort(byPath)
}

/** What a directory of this machine holds, in the same words. */
export async function contentOfDirectory(source: string): Promise<Content> {
  const paths = await readdir(source, { recursive: true })
  const found = paths.map(async (path): Promise<[string, string]> => {
    const here = join(source, path)
    const stat = await lstat(here)
    if (stat.isDirectory()) return [path, 'dir']
    const bytes = stat.isSymbolicLink() ? Buffer.from(await readlink(here)) : await readFile(here)
    const kind = stat.isSymbolicLink() ? 'symlink' : 'file'
    return [path, await inWords(kind, bytes.length, async (at, length) => bytes.subarray(at, at + length))]
  })
  return (await Promise.all(found)).sort(byPath)
}

function byPath(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : 1
}

async function inWords(
  kind: DiskEntry['kind'],
  sizeBytes: number,
  read: (at: number, length: number) => Promise<Uint8Array>,
): Promise<string> {
  if (kind === 'directory') return 'dir'
  if (sizeBytes > MOST_BYTES) return `${kind} of ${sizeBytes} bytes`
  const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(await read(0, sizeBytes)))
  return `${kind} of ${sizeBytes} bytes ${Buffer.from(hash).toString('hex')}`
}
