import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { err, ok } from '../../base/result.ts'
import { RUNTIME_LIMITS } from '../../domain/runtime-facts.ts'
import { rpmFileOwners } from '../../ecosystems/rpm/file-owners.ts'
import { ECOSYSTEMS } from '../../ecosystems/index.ts'
import type { FileTree } from '../file-tree.ts'
import { runtimeFacts, type SeenProcesses } from './runtime-facts.ts'

function treeOf(files: Readonly<Record<string, string>>): FileTree {
  return {
    async *walk() {
      for (const path of Object.keys(files)) yield await Promise.resolve({ path, kind: 'file' as const })
    },
    read: path => {
      const text = files[path]
      return Promise.resolve(text === undefined ? err({ is: 'not-found', path }) : ok(Buffer.from(text)))
    },
    open: path => Promise.resolve(err({ is: 'not-found', path })),
  }
}

function seen(given: Partial<SeenProcesses> = {}): SeenProcesses {
  return { sockets: [], programOfSocket: new Map(), files: new Set(), gaps: [], ...given }
}

const DPKG = treeOf({
  'var/lib/dpkg/info/openssh-server.list': '/.\n/usr/sbin/sshd\n',
  'var/lib/dpkg/info/libc6:amd64.list': '/.\n/lib/x86_64-linux-gnu/libc.so.6\n',
})

describe('runtime facts', () => {
  it('name the package of each socket and loaded file, on merged /usr too', async () => {
    const facts = await runtimeFacts(
      seen({
        sockets: [
          { protocol: 'tcp', address: '0.0.0.0', port: 22, inode: '1' },
          { protocol: 'tcp', address: '0.0.0.0', port: 9, inode: '2' },
        ],
        programOfSocket: new Map([['1', 'usr/sbin/sshd']]),
        files: new Set(['usr/sbin/sshd', 'usr/lib/x86_64-linux-gnu/libc.so.6', 'opt/own']),
      }),
      DPKG,
      ECOSYSTEMS,
    )

    expect(facts).toEqual({
      listening: [
        { protocol: 'tcp', address: '0.0.0.0', port: 9, program: null, package: null },
        { protocol: 'tcp', address: '0.0.0.0', port: 22, program: 'usr/sbin/sshd', package: 'openssh-server' },
      ],
      loaded: [
        { name: 'libc6', files: ['usr/lib/x86_64-linux-gnu/libc.so.6'] },
        { name: 'openssh-server', files: ['usr/sbin/sshd'] },
      ],
      unowned: ['opt/own'],
      gaps: [],
    })
  })

  it('read the database of apk', async () => {
    const tree = treeOf({
      'lib/apk/db/installed': 'P:busybox\nV:1\nF:bin\nR:busybox\n\nP:musl\nF:lib\nR:ld-musl.so.1\n',
    })

    const facts = await runtimeFacts(seen({ files: new Set(['bin/busybox', 'lib/ld-musl.so.1']) }), tree, ECOSYSTEMS)

    expect(facts.loaded.map(({ name }) => name)).toEqual(['busybox', 'musl'])
    expect(facts.unowned).toEqual([])
  })

  it('stay within their limits and say so', async () => {
    const files = new Set(Array.from({ length: RUNTIME_LIMITS.unownedFiles + 1 }, (_, at) => `opt/${at}`))

    const facts = await runtimeFacts(seen({ files }), DPKG, ECOSYSTEMS)

    expect(facts.unowned).toHaveLength(RUNTIME_LIMITS.unownedFiles)
    expect(facts.gaps).toEqual(['more-unowned-files-than-listed'])
  })

  it('list no more sockets, packages and files of one package than they may', async () => {
    const { sockets: mostSockets, packages, filesPerPackage } = RUNTIME_LIMITS
    const names = Array.from({ length: packages + 1 }, (_, at) => `lib-${at}`)
    const many = Array.from({ length: filesPerPackage + 1 }, (_, at) => `opt/large/${at}`)
    const tree = treeOf({
      'var/lib/dpkg/info/large.list': many.map(file => `/${file}\n`).join(''),
      ...Object.fromEntries(names.map(name => [`var/lib/dpkg/info/${name}.list`, `/opt/${name}\n`])),
    })
    const sockets = Array.from({ length: mostSockets + 1 }, (_, at) => ({
      protocol: 'tcp' as const,
      address: '0.0.0.0',
      port: at,
      inode: `${at}`,
    }))

    const full = await runtimeFacts(
      seen({ sockets, files: new Set(names.map(name => `opt/${name}`)) }),
      tree,
      ECOSYSTEMS,
    )
    const large = await runtimeFacts(seen({ files: new Set(many) }), tree, ECOSYSTEMS)

    expect([full.listening.length, full.loaded.length]).toEqual([mostSockets, packages])
    expect(full.gaps).toEqual(['more-packages-than-listed', 'more-sockets-than-listed'])
    expect(large.loaded[0]?.files).toHaveLength(filesPerPackage)
  })
})

describe('the owners of files in an rpm database', () => {
  it('are read from the headers', () => {
    const packed = readFileSync(join(import.meta.dirname, '../../ecosystems/rpm/testdata/rpmdb.sqlite.gz'))
    const file = { path: 'var/lib/rpm/rpmdb.sqlite', bytes: gunzipSync(packed) }

    const all = rpmFileOwners.owned(file, () => true)
    const [first] = all
    const asked = first?.paths[0] ?? ''

    expect(asked).not.toBe('')
    expect(rpmFileOwners.owned(file, path => path === asked)).toContainEqual({ owner: first?.owner, paths: [asked] })
  })
})
