import { DiskFault } from '../../src/inventory/disk/block-device.ts'
import type { DiskEntry, DiskFileSystem, DiskNode } from '../../src/inventory/disk/disk-file-system.ts'

/** A file's text, `{ link }`, `{ node }` (a hard link, also to a directory), or a directory. */
export type FakeContent = string | { readonly link: string } | { readonly node: number } | FakeDirectory
export interface FakeDirectory {
  readonly entries: Readonly<Record<string, FakeContent>>
  /** What goes wrong after the entries were listed. */
  readonly fault?: string
}

interface FakeNode {
  readonly kind: DiskNode['kind']
  readonly bytes: Uint8Array
  readonly entries: readonly DiskEntry[]
  readonly fault: string | undefined
}

/** A file system in memory. The root is node 1, and others count up in the order in which they are written. */
export function fakeFileSystem(root: FakeDirectory, overrides: Partial<DiskFileSystem> = {}): DiskFileSystem {
  const nodes: FakeNode[] = []
  function add(content: Exclude<FakeContent, { node: number }>): number {
    const at = nodes.length
    const isDirectory = typeof content !== 'string' && 'entries' in content
    const text = typeof content === 'string' ? content : 'link' in content ? content.link : ''
    const kind = isDirectory ? 'directory' : typeof content === 'string' ? 'file' : 'symlink'
    nodes.push({ kind, bytes: Buffer.from(text), entries: [], fault: undefined })
    if (!isDirectory) return at + 1
    const entries = Object.entries(content.entries).map(([name, inner]): DiskEntry => {
      if (typeof inner !== 'string' && 'node' in inner) return { name, node: inner.node, kind: null }
      const node = add(inner)
      return { name, node, kind: nodes[node - 1]?.kind ?? null }
    })
    nodes[at] = { kind, bytes: new Uint8Array(0), entries, fault: content.fault }
    return at + 1
  }
  function nodeAt(number: number): FakeNode {
    const node = nodes[number - 1]
    if (node === undefined) throw new DiskFault('malformed', `there is no node ${number}`)
    return node
  }
  add(root)
  return {
    type: 'fake',
    uuid: '00000000-0000-0000-0000-000000000000',
    label: '',
    notes: [],
    problem: null,
    rootNode: 1,
    async list(directory, each) {
      const { entries, fault } = nodeAt(directory)
      for (const entry of entries) each(entry)
      if (fault !== undefined) throw new DiskFault('malformed', fault)
    },
    async open(node) {
      const { kind, bytes } = nodeAt(node)
      return { kind, sizeBytes: bytes.length, read: async (at, length) => bytes.slice(at, at + length) }
    },
    ...overrides,
  }
}
