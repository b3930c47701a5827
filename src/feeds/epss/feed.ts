import { ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Feed } from '../feed.ts'
import { fetchOne } from '../fetch-one.ts'
import type { FileContent, OneFile } from '../fetch-one.ts'
import { gunzip, GunzipError } from '../gunzip.ts'
import { EpssError, EpssReader } from './parse.ts'

export const EPSS_FEED = 'epss'

/** Where the scores of the day are published. (first.org/epss/data_stats, read 2026) */
export const EPSS_UPSTREAM = 'https://epss.empiricalsecurity.com'

const PATH = 'epss_scores-current.csv.gz'

/** Ten times the file of August 2026, compressed, and three times that inflated. (observed: 2.6 MB, 10 MB) */
const FILE_LIMIT_BYTES = 32 * 1024 * 1024
const INFLATED_LIMITS = { totalBytes: 256 * 1024 * 1024, ratio: 200, ratioFromBytes: 1024 * 1024 } as const
const LINE_LIMIT_CHARACTERS = 10_000

/** Raise when the same file would now yield other scores. */
const PARSER_REVISION = 1

const FILE: OneFile = {
  paths: [PATH],
  limitBytes: FILE_LIMIT_BYTES,
  revision: PARSER_REVISION,
  parse: parseEpssFile,
  faults: [GunzipError, EpssError],
}

/** EPSS: how likely each CVE is to be exploited. Says nothing about packages. */
export function epssFeed(): Feed {
  return {
    id: EPSS_FEED,
    title: 'EPSS: probability of exploitation of each CVE, by FIRST.org',
    licence: 'free of charge with attribution: see EPSS at https://www.first.org/epss',
    parts: ['scores'],
    mayLackParts: true,
    load: (files, part, validator) => fetchOne(files, part, validator, FILE),
  }
}

/** Throws `GunzipError` or `EpssError` when the file itself cannot be read. */
async function parseEpssFile(bytes: Uint8Array): Promise<Result<FileContent, string>> {
  const reader = new EpssReader()
  // Whatever is not ASCII is in no line that can be read.
  const decoder = new TextDecoder('latin1')
  let rest = ''
  for await (const chunk of gunzip(bytes, INFLATED_LIMITS)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LINE_LIMIT_CHARACTERS) throw new EpssError('a line of it does not end')
    for (const line of lines) reader.read(line)
  }
  if (rest !== '') reader.read(rest)
  return ok(reader.part())
}
