import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Http } from '../base/http.ts'
import { namespace } from '../domain/namespace.ts'
import { ECOSYSTEMS } from '../ecosystems/index.ts'
import { feedFilesFor } from '../system/feed-files.ts'
import { feedsFor } from './index.ts'
import { nativeFeedOf } from './native-feeds.ts'

const here = new URL('.', import.meta.url)
const folders = readdirSync(here, { withFileTypes: true }).filter(entry => entry.isDirectory())
const feeds = feedsFor(ECOSYSTEMS, 2026)
const noHttp: Http = { send: url => Promise.reject(new Error(`nobody may ask ${url}`)) }

describe('the list of feeds', () => {
  it('names every folder once', () => {
    expect(feeds.map(({ id }) => id).sort()).toEqual(folders.map(({ name }) => name).sort())
  })

  it.each(folders.map(({ name }) => name))('%s has a face, and tests', name => {
    const files = readdirSync(new URL(`${name}/`, here))

    expect(files).toContain('feed.ts')
    expect(files.some(file => file.endsWith('.test.ts'))).toBe(true)
    expect(existsSync(new URL(`${name}/testdata/SOURCES.md`, here))).toBe(files.includes('testdata'))
  })

  it.each(feeds.map(feed => [feed.id, feed] as const))('%s has parts, a licence and a place', (id, feed) => {
    expect(feed.parts.length).toBeGreaterThan(0)
    expect(new Set(feed.parts).size).toBe(feed.parts.length)
    expect(feed.licence).not.toBe('')
    expect(feedFilesFor(id, null, noHttp).ok).toBe(true)
    expect(feedFilesFor(id, '/srv/feeds', noHttp).ok).toBe(true)
  })
})

describe("a distribution's own feed", () => {
  it.each([
    ['debian:11', 'debian-tracker'],
    ['alpine:edge', 'alpine-secdb'],
    ['amzn:2', 'amazon-linux'],
    ['amzn:2018.03', 'amazon-linux'],
    ['ubuntu:22.04', 'ubuntu'],
    ['rhel:9', 'redhat-csaf'],
    ['almalinux:9', 'almalinux'],
    ['rocky:8', 'rocky'],
    ['photon:5', 'photon'],
    ['bottlerocket:1', 'bottlerocket'],
    ['chainguard', 'chainguard-secdb'],
    ['minimos', 'minimos-secdb'],
    ['wolfi', 'wolfi-secdb'],
    ['centos:9', null],
    ['npm', null],
    ['constructor', null],
  ])('of %s is %s', (where, expected) => {
    const feed = nativeFeedOf(namespace(where))

    expect(feed).toBe(expected)
    expect(feed === null || feeds.some(({ id }) => id === feed)).toBe(true)
  })
})
