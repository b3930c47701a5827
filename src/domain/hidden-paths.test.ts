import { describe, expect, it } from 'vitest'
import { pathsHiddenBy } from './hidden-paths.ts'

describe('pathsHiddenBy', () => {
  it.each([
    ['nothing is wrong', [], 'var/lib/dpkg/status', false],
    ['the file itself', [['var/lib/dpkg/status', 'unreadable']], 'var/lib/dpkg/status', true],
    ['a directory above it', [['var/lib', 'unreadable']], 'var/lib/dpkg/status', true],
    ['what begins like a directory above it', [['var/li', 'unreadable']], 'var/lib/dpkg/status', false],
    ['a neighbour', [['var/lib/dpkg/status.d', 'unreadable']], 'var/lib/dpkg/status', false],
    ['what lies within it', [['app.jar/inner.jar', 'malformed']], 'app.jar', false],
    ['a layer', [['sha256:aa', 'limit-exceeded']], 'var/lib/dpkg/status', true],
    ['the root', [['', 'unreadable']], 'var/lib/dpkg/status', true],
    ['a volume of the disk', [['partition 2', 'volume-encrypted']], 'var/lib/dpkg/status', true],
    ['a journal', [['disk', 'journal-not-replayed']], 'var/lib/dpkg/status', true],
    ['a mount point without its disk', [['srv', 'volume-missing']], 'srv/app/package.json', true],
    ['a mount point without its disk, elsewhere', [['srv', 'volume-missing']], 'usr/app/package.json', false],
    ['problems that are not listed', [['etc', 'problems-not-listed']], 'var/lib/dpkg/status', true],
  ] as const)('says of %s what it hides', (_, problems, path, isHidden) => {
    const listed = problems.map(([path, reason]) => ({ path, reason, detail: '' }))

    expect(pathsHiddenBy(listed)(path)).toBe(isHidden)
  })
})
