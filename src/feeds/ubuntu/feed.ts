import type { Instant } from '../../base/clock.ts'
import { err, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { Feed, FeedError, FeedFiles, FeedPart } from '../feed.ts'
import { fetchTogether } from '../fetch-together.ts'
import type { OsvEcosystem } from '../osv-record.ts'
import { SkipCounter } from '../skip-counter.ts'
import { TarError, tarTexts } from '../tar-texts.ts'
import { unxz, XzError } from '../xz.ts'
import { UBUNTU_FEED, UbuntuReader } from './reader.ts'

/** Canonical's security metadata, the same as in the repository canonical/ubuntu-security-notices. */
export const UBUNTU_UPSTREAM = 'https://security-metadata.canonical.com'

const OSV_PATH = 'osv/osv-all.tar.xz'
const VEX_PATH = 'vex/vex-all.tar.xz'

/** Several times what the archives can have in 2026: some 100,000 documents that repeat each other. (inferred) */
const ARCHIVE_LIMIT_BYTES = 1024 * 1024 * 1024

/**
 * Bounds on what is unpacked. VEX names every binary package for every architecture again in each document (828,777
 * characters for one flaw of gcc, observed), which packs some hundredfold; the whole is tens of gigabytes. (inferred)
 */
const XZ_LIMITS = { totalBytes: 256 * 1024 ** 3, ratio: 4_000, ratioFromBytes: 64 * 1024 * 1024 } as const
const OSV_LIMITS = { entries: 2_000_000, entryBytes: 32 * 1024 * 1024 } as const
const VEX_LIMITS = { entries: 2_000_000, entryBytes: 128 * 1024 * 1024 } as const

/** Raise when the same files would now yield other advisories: unchanged files are then parsed anew. */
const PARSER_REVISION = 1

/**
 * Ubuntu's own word on its source packages: OSV has the fixed versions, VEX says of the others why there is none. They
 * are one part, because neither can be believed alone.
 */
export function ubuntuFeed(ecosystem: OsvEcosystem): Feed {
  return {
    id: UBUNTU_FEED,
    title: 'Ubuntu security metadata: fixes by release and Pro channel (OSV), and what is not fixed and why (VEX)',
    licence: 'CC-BY-SA-4.0, Canonical',
    parts: ['osv-and-vex'],
    // A mirror need not hold it.
    mayLackParts: true,
    // Releases vanish from the records when their support ends; what they said last goes on being true of who runs them.
    keepsGone: namespace => namespace.startsWith('ubuntu:'),
    load: (files, part, validator) => load(files, part, validator, ecosystem),
  }
}

async function load(
  files: FeedFiles,
  part: string,
  validator: string | null,
  ecosystem: OsvEcosystem,
): Promise<Result<FeedPart | 'unchanged', FeedError>> {
  const fetched = await fetchTogether(
    files,
    [
      { path: OSV_PATH, limitBytes: ARCHIVE_LIMIT_BYTES, need: 'required' },
      // Without it what Ubuntu ignores looks unfixed; better than nothing, once.
      { path: VEX_PATH, limitBytes: ARCHIVE_LIMIT_BYTES, need: 'once-held' },
    ],
    { revision: PARSER_REVISION, validator },
  )
  if (!fetched.ok) return fetched
  if (fetched.value === 'unchanged') return ok('unchanged')
  const { contents, missing, validator: newValidator } = fetched.value
  const skips = new SkipCounter()
  for (const path of missing) skips.add('file-not-there', path)
  const reader = new UbuntuReader(ecosystem, skips)

  let recordCount = 0
  const osv = contents.get(OSV_PATH) ?? new Uint8Array()
  const read = await eachText(files, OSV_PATH, osv, OSV_LIMITS, isRecord, skips, (name, text) => {
    recordCount++
    reader.addOsv(name, text)
  })
  if (!read.ok) return read
  const vex = contents.get(VEX_PATH)
  if (vex !== undefined) {
    const combined = await eachText(files, VEX_PATH, vex, VEX_LIMITS, isCveDocument, skips, (name, text) =>
      reader.addVex(name, text),
    )
    if (!combined.ok) return combined
  }

  const advisories = reader.advisories()
  let newestModified: Instant | null = null
  for (const { modified } of advisories)
    if (modified !== null && modified > (newestModified ?? 0)) newestModified = modified
  return ok({ part, advisories, recordCount, skipped: skips.list(), validator: newValidator, newestModified })
}

function isRecord(name: string): boolean {
  return name.endsWith('.json')
}

/** Documents about notices repeat what the CVE's own says, of what is fixed alone. */
function isCveDocument(name: string): boolean {
  return /(?:^|\/)CVE-[0-9-]+\.json$/.test(name)
}

async function eachText(
  files: FeedFiles,
  path: string,
  bytes: Uint8Array,
  limits: typeof OSV_LIMITS | typeof VEX_LIMITS,
  isWanted: (name: string) => boolean,
  skips: SkipCounter,
  read: (name: string, text: string) => void,
): Promise<Result<null, FeedError>> {
  try {
    for await (const { name, content } of tarTexts(unxz(bytes, XZ_LIMITS), isWanted, limits)) {
      if ('problem' in content) skips.add(content.problem, name)
      else read(name, content.text)
    }
    return ok(null)
  } catch (error) {
    if (!(error instanceof XzError || error instanceof TarError)) throw error
    return err({ is: 'malformed', what: `${files.base}/${path}`, detail: error.message })
  }
}
