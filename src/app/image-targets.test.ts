import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseImageTarget } from './image-targets.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
let directory = ''

describe('parseImageTarget', () => {
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'openinspector-targets-'))
    writeFileSync(join(directory, 'image.tar'), '')
    writeFileSync(join(directory, 'with:colon.tar'), '')
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  it.each([
    ['image.tar', 'image.tar', null],
    ['image.tar:docker.io/team/app:1', 'image.tar', 'docker.io/team/app:1'],
    ['with:colon.tar', 'with:colon.tar', null],
    ['with:colon.tar:app:1', 'with:colon.tar', 'app:1'],
    ['absent.tar:app', 'absent.tar:app', null],
  ])('reads docker-archive:%s', (text, path, name) => {
    expect(parseImageTarget(`docker-archive:${directory}/${text}`)).toEqual({
      ok: true,
      value: { is: 'image-archive', path: join(directory, path), name },
    })
  })

  it.each([
    ['containers-storage:localhost/app:1', { is: 'containers-storage', path: null, name: 'localhost/app:1' }],
    ['containers-storage:[/srv/store]app:1', { is: 'containers-storage', path: '/srv/store', name: 'app:1' }],
    [
      'containers-storage:[overlay@/srv/store+/run/x]app',
      { is: 'containers-storage', path: '/srv/store', name: 'app' },
    ],
    [`containerd:${DIGEST}`, { is: 'containerd', path: expect.stringMatching(/content$/), digest: DIGEST }],
    [`containerd:/srv/content@${DIGEST}`, { is: 'containerd', path: '/srv/content', digest: DIGEST }],
    ['oci:layout:latest', { is: 'oci-layout', path: 'layout', tag: 'latest' }],
  ])('reads %s', (text, target) => {
    expect(parseImageTarget(text)).toEqual({ ok: true, value: target })
  })

  it.each([
    ['docker-daemon:app:1', /docker save app:1/],
    ['containerd:app:1', /digest/],
  ])('says what to do instead of %s', (text, advice) => {
    expect(parseImageTarget(text)).toEqual({ ok: false, error: expect.stringMatching(advice) })
  })

  it.each(['debian:12', 'registry.example:5000/app', './dir', 'disk:image.raw'])('leaves %s to others', text => {
    expect(parseImageTarget(text)).toBeNull()
  })
})
