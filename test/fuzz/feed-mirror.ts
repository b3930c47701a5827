import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Feed, FeedApi, FeedError, FeedFiles } from '../../src/feeds/feed.ts'
import { feedFilesOf } from '../support/feed-files-of.ts'
import { buildTar } from '../support/tar-builder.ts'
import { xzOf } from '../support/xz-of.ts'
import { zipOf } from '../support/zip-of.ts'
import { expectSoundPart, expectSoundPatch } from './sound-answers.ts'
import type { FuzzTarget } from './target.ts'

/** A small source of one feed, of which one file at a time is mutated. */
export interface FeedMirror {
  readonly feed: Feed
  readonly part: string
  readonly texts: readonly MirrorText[]
  /** Fills in what one file says of another, e.g. its checksum: called with the files as they are served. */
  readonly finish?: (files: MirrorFiles) => MirrorFiles
  /** What is asked beside the files, of the texts. */
  readonly api?: (texts: MirrorFiles) => FeedApi
  /** Inputs of each target in a unit run, where it is slow. */
  readonly unitInputs?: number
}

export interface MirrorText {
  /**
   * Where it is served. What its name says is done to it: `….gz` is compressed, `a.zip!b.json` is a member of an archive
   * (`.zip`, `.tar.xz`, `.tar.zst`).
   */
  readonly path: string
  /** Texts of one kind are read by the same code: one target for all of them. */
  readonly kind: string
  readonly content: string | Uint8Array
}

export type MirrorFiles = Readonly<Record<string, Uint8Array>>

/** Each input packs a whole source and loads it twice. */
const UNIT_INPUTS = 50

/** One target for each kind of text, mutated before it is packed, and one for each packed file, mutated after. */
export function targetsOfMirror(mirror: FeedMirror): readonly FuzzTarget[] {
  const { feed, texts, unitInputs = UNIT_INPUTS } = mirror
  const whole = textsOf(texts)
  const held = heldOnce(mirror, whole)
  const ofTexts = [...new Set(texts.map(({ kind }) => kind))].map((kind): FuzzTarget => {
    const own = texts.filter(text => text.kind === kind)
    const path = own[0]?.path ?? ''
    return {
      name: `feed ${feed.id} ${kind}`,
      seeds: own.map(({ content }) => bytesOf(content)),
      unitInputs,
      run: async input => {
        const mutated = { ...whole, [path]: input }
        await read(mirror, packed(mutated), mutated, await held())
      },
    }
  })
  const served = packed(whole)
  const ofFrames = Object.entries(served)
    .filter(([path, bytes]) => bytes !== whole[path])
    .slice(0, 1)
    .map(([path, bytes]): FuzzTarget => ({
      name: `feed ${feed.id} ${kindAt(path, texts)} packed`,
      seeds: [bytes],
      unitInputs,
      run: async input => read(mirror, { ...served, [path]: input }, whole, await held()),
    }))
  return [...ofTexts, ...ofFrames]
}

function kindAt(path: string, texts: readonly MirrorText[]): string {
  return texts.find(text => text.path === path || text.path.startsWith(`${path}!`))?.kind ?? path
}

/** What a sync holds that has seen the source as it was: made once, because it does not change. */
function heldOnce(mirror: FeedMirror, whole: MirrorFiles): () => Promise<string> {
  let held: Promise<string> | null = null
  return () => {
    held ??= validatorOf(mirror, whole)
    return held
  }
}

async function validatorOf(mirror: FeedMirror, whole: MirrorFiles): Promise<string> {
  const { feed, part } = mirror
  const loaded = await feed.load(sourceOf(mirror, packed(whole), whole, 'v1'), part, null)
  if (!loaded.ok) throw new Error(`the mirror of ${feed.id} cannot be read: ${JSON.stringify(loaded.error)}`)
  if (loaded.value === 'unchanged') throw new Error('unchanged, although nothing was held')
  const { advisories, signals = [], epss, releaseEnds = [], skipped, validator } = loaded.value
  const count = advisories.length + signals.length + (epss?.ids.length ?? 0) + releaseEnds.length
  if (count === 0) throw new Error(`the mirror of ${feed.id} says nothing: ${JSON.stringify(skipped)}`)
  return validator ?? ''
}

/** Whatever a feed answers is fine, as long as it can be stored and shown; throwing is not. */
async function read(mirror: FeedMirror, files: MirrorFiles, texts: MirrorFiles, held: string): Promise<void> {
  const { feed, part } = mirror
  const source = sourceOf(mirror, files, texts, 'v2')
  const loaded = await feed.load(source, part, null)
  if (!loaded.ok) expectSoundError(loaded.error)
  else if (loaded.value !== 'unchanged') {
    expectSoundPart(loaded.value)
    await feed.load(source, part, loaded.value.validator)
  }
  const patched = await feed.patch?.(source, part, held)
  if (patched?.ok === false) expectSoundError(patched.error)
  else if (patched !== undefined && typeof patched.value !== 'string') expectSoundPatch(patched.value)
}

function sourceOf(mirror: FeedMirror, files: MirrorFiles, texts: MirrorFiles, validator: string): FeedFiles {
  const { finish, api } = mirror
  return feedFilesOf(finish?.(files) ?? files, { validator, ...(api === undefined ? {} : { api: api(texts) }) })
}

/** An error is a sentence for a person, not a copy of what was read. */
function expectSoundError(error: FeedError): void {
  for (const text of [error.what, 'detail' in error ? error.detail : '']) {
    if (text.length > 1_000) throw new Error(`an error of ${text.length} characters: ${text.slice(0, 200)}`)
  }
}

function textsOf(texts: readonly MirrorText[]): MirrorFiles {
  return Object.fromEntries(texts.map(({ path, content }) => [path, bytesOf(content)]))
}

/** The texts as they are served. */
function packed(texts: MirrorFiles): MirrorFiles {
  const files: Record<string, Uint8Array> = {}
  const archives = new Map<string, { readonly path: string; readonly content: Uint8Array }[]>()
  for (const [path, content] of Object.entries(texts)) {
    const [archive = '', member] = path.split('!', 2)
    if (member === undefined) files[path] = path.endsWith('.gz') ? gzipSync(content, { level: 1 }) : content
    else {
      const members = archives.get(archive) ?? []
      archives.set(archive, members)
      members.push({ path: member, content })
    }
  }
  for (const [path, members] of archives) files[path] = archiveOf(path, members)
  return files
}

function archiveOf(path: string, members: readonly { readonly path: string; readonly content: Uint8Array }[]): Buffer {
  if (path.endsWith('.zip')) return zipOf(members.map(member => ({ name: member.path, content: member.content })))
  const tar = buildTar(members)
  return path.endsWith('.xz') ? xzOf(tar) : zstdCompressSync(tar)
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content)
}
