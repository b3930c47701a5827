import { isDeepStrictEqual } from 'node:util'
import type { Advisory, ReportedSeverity } from '../../src/domain/advisory.ts'
import { ECOSYSTEMS } from '../../src/ecosystems/index.ts'
import type { FeedPart, FeedPatch } from '../../src/feeds/feed.ts'
import {
  AffectedDecoder,
  decodeRecord,
  encodeAffected,
  encodeRecord,
  storedRecordText,
} from '../../src/store/advisory-database/encoding.ts'
import { expectConstant } from './constants.ts'

/** Longest texts that may come out of any feed, in characters: what they are stored and shown by is made for these. */
const MOST = { id: 256, name: 1_024, prose: 64_000, url: 4_096, ids: 20_000, validator: 4 * 1024 * 1024 } as const

const SCHEMES = [...new Map(ECOSYSTEMS.map(({ scheme }) => [scheme.id, scheme])).values()]

/** Throws when a part says something that could not be stored, shown or counted as it stands. */
export function expectSoundPart(part: FeedPart): void {
  expectSoundContent(part)
  expectCount(part.recordCount)
  const { epss, releaseEnds = [] } = part
  if (epss !== undefined) {
    const { ids, scores, percentiles } = epss
    if (ids.length !== scores.length || ids.length !== percentiles.length) throw new Error('columns of unequal length')
    for (const id of ids) expectText('an id of a score', id, MOST.id)
    expectTime(epss.date)
  }
  for (const { namespace, label, page, ends, extendedUntil } of releaseEnds) {
    expectText('a namespace', namespace, MOST.name)
    expectText('a label', label, MOST.name)
    expectText('a page', page, MOST.url)
    if (typeof ends === 'number') expectTime(ends)
    expectTime(extendedUntil)
  }
}

/** As `expectSoundPart`, for what changed. */
export function expectSoundPatch(patch: FeedPatch): void {
  expectSoundContent(patch)
  if (patch.recordCount !== null) expectCount(patch.recordCount)
  const there = new Set(patch.advisories.map(({ id }) => id))
  if (there.size !== patch.advisories.length) throw new Error('an advisory comes twice in one patch')
  for (const id of patch.goneIds) {
    expectText('an id that is gone', id, MOST.id)
    if (there.has(id)) throw new Error(`${id} is gone and there`)
  }
}

type Content = Pick<FeedPart, 'advisories' | 'signals' | 'skipped' | 'validator' | 'newestModified'>

function expectSoundContent({ advisories, signals = [], skipped, validator, newestModified }: Content): void {
  const decoder = new AffectedDecoder(SCHEMES)
  for (const advisory of advisories) expectSoundAdvisory(advisory, decoder)
  for (const signal of signals) {
    expectText('an id of a signal', signal.vulnerabilityId, MOST.id)
    if (signal.is === 'exploit-published') expectText('the name of an exploit', signal.exploit.name, MOST.name)
  }
  for (const { reason, count, examples } of skipped) {
    expectConstant(reason)
    expectCount(count)
    if (examples.length > 5) throw new Error('too many examples')
    for (const example of examples) {
      if (!/^[\x20-\x7e]{0,120}$/.test(example))
        throw new Error(`an example is not harmless: ${JSON.stringify(example)}`)
    }
  }
  if (validator !== null) expectText('the validator', validator, MOST.validator)
  expectTime(newestModified)
}

function expectSoundAdvisory(advisory: Advisory, decoder: AffectedDecoder): void {
  const { id, feed, source, sourceUrl, aliases, upstream, summary, details, references, severities } = advisory
  expectText('an id', id, MOST.id)
  expectText('a feed', feed, MOST.id)
  expectText('a source', source, MOST.id)
  if (sourceUrl !== null) expectText('a page', sourceUrl, MOST.url)
  if (aliases.length + upstream.length > MOST.ids) throw new Error(`${id} has more ids than can be kept`)
  for (const other of [...aliases, ...upstream]) expectText('another id', other, MOST.id)
  if (summary !== null) expectText('a summary', summary, MOST.prose)
  if (details !== null) expectText('details', details, MOST.prose)
  for (const reference of references) expectText('a link', reference, MOST.url)
  for (const severity of severities) expectSoundSeverity(severity)
  for (const time of [advisory.published, advisory.modified, advisory.withdrawn]) expectTime(time)

  const { affected, feed: _feed, ...record } = advisory
  const stored = decodeRecord(storedRecordText(encodeRecord(advisory), advisory))
  if (!isDeepStrictEqual(stored, record)) throw new Error(`the record of ${id} comes out otherwise than it went in`)
  for (const entry of affected) {
    const { namespace, name, versions, channel, module, arches = [] } = entry
    expectText('a namespace', namespace, MOST.name)
    expectText('a name', name, MOST.name)
    for (const text of [...versions, ...arches]) expectText('a version or architecture', text, MOST.name)
    for (const text of [channel, module]) if (text !== undefined) expectText('a line of builds', text, MOST.name)
    const back = decoder.decode(namespace, name, encodeAffected(entry))
    if (!isDeepStrictEqual(encodeAffected(back), encodeAffected(entry)) || back.ranges.length !== entry.ranges.length) {
      throw new Error(`what ${id} says of ${name} comes out otherwise than it went in`)
    }
  }
}

function expectSoundSeverity(severity: ReportedSeverity): void {
  if (severity.system === 'word') expectText('a word', severity.word, MOST.id)
  else if (severity.system === 'score') {
    if (!(severity.score >= 0 && severity.score <= 10)) throw new Error(`the score ${severity.score} is none`)
  } else expectText('a vector', severity.vector, MOST.name)
  if ('source' in severity && severity.source !== undefined) expectText('who scored', severity.source, MOST.name)
}

function expectText(what: string, text: string, most: number): void {
  if (typeof text !== 'string') throw new Error(`${what} is no text`)
  if (text === '' || text.length > most) throw new Error(`${what} has ${text.length} characters`)
}

function expectCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${count} counts nothing`)
}

/** Beyond this `Date` knows no day. (ECMA-262, time values) */
const MOST_TIME = 8.64e15

function expectTime(time: number | null): void {
  if (time !== null && !(Math.abs(time) <= MOST_TIME)) throw new Error(`${time} is no time`)
}
