/** What the tracker says about one CVE of one source package, only what we read. (security-tracker.debian.org, data/json) */
export interface TrackerIssue {
  /** `CVE-2021-3156`, or `TEMP-…` while a flaw has no CVE. */
  readonly id: string
  readonly description: string | null
  /** By codename. */
  readonly releases: readonly TrackerRelease[]
}

export interface TrackerRelease {
  readonly codename: string
  /** `open`, `resolved`, `undetermined`; others are handed on as they stand. */
  readonly status: string
  /** `0`: not affected. */
  readonly fixedVersion: string | null
  readonly urgency: string | null
  /** Why there is no notice: `` (empty: no reason given), `ignored`, `postponed`; `null` when nothing was decided. */
  readonly noNotice: string | null
  /** Versions in the archives of the release, e.g. of `bullseye` and `bullseye-security`. */
  readonly archiveVersions: readonly string[]
}

/** Bounds of one package; the largest (`linux`) has some 11,000 issues. A package beyond them is refused, never cut. */
export const TRACKER_LIMITS = {
  issues: 100_000,
  releases: 100,
  archives: 50,
  textCharacters: 512,
} as const

/** `description` of the API ends at 1,024 characters; people who read the file itself get a little more. */
const DESCRIPTION_CHARACTERS = 4_000

export type TrackerRefusal = 'not-json' | 'not-an-object' | 'bad-id' | 'bad-releases' | 'too-many-issues'

/** Why a package, or one issue of it, cannot be read. */
export class TrackerError extends Error {
  readonly reason: TrackerRefusal

  constructor(reason: TrackerRefusal, message: string) {
    super(message)
    this.name = 'TrackerError'
    this.reason = reason
  }
}

/** The issues of one package's JSON text; each is read on its own by `readIssue`. Throws `TrackerError`. */
export function issuesOfPackage(text: string): readonly (readonly [id: string, value: unknown])[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new TrackerError('not-json', 'the package is not JSON')
  }
  const issues = Object.entries(objectOf(value, 'the package'))
  if (issues.length > TRACKER_LIMITS.issues)
    throw new TrackerError('too-many-issues', 'the package has too many issues')
  return issues
}

/** One issue. Throws `TrackerError`. */
export function readIssue(id: string, value: unknown): TrackerIssue {
  if (!/^(?:CVE-\d{4}-\d{4,12}|TEMP-\d{1,12}-[0-9A-F]{1,12})$/.test(id)) {
    throw new TrackerError('bad-id', 'the id is neither a CVE nor a temporary one')
  }
  const issue = objectOf(value, 'the issue')
  const releases = Object.entries(objectOf(issue['releases'], 'its releases', 'bad-releases'))
  if (releases.length > TRACKER_LIMITS.releases) throw new TrackerError('bad-releases', 'too many releases')
  const { description } = issue
  return {
    id,
    description: typeof description === 'string' && description !== '' ? cut(description) : null,
    releases: releases.map(([codename, release]) => readRelease(codename, release)),
  }
}

function readRelease(codename: string, value: unknown): TrackerRelease {
  const release = objectOf(value, 'a release', 'bad-releases')
  const { status, repositories, nodsa, nodsa_reason: reason } = release
  if (typeof status !== 'string') throw new TrackerError('bad-releases', 'a release has no status')
  const archives =
    repositories === undefined ? [] : Object.values(objectOf(repositories, 'repositories', 'bad-releases'))
  if (archives.length > TRACKER_LIMITS.archives) throw new TrackerError('bad-releases', 'too many repositories')
  const hasNote = typeof nodsa === 'string' || typeof reason === 'string'
  return {
    codename: short(codename),
    status: short(status),
    fixedVersion: textOrNull(release['fixed_version']),
    urgency: textOrNull(release['urgency']),
    noNotice: hasNote ? (textOrNull(reason) ?? '') : null,
    archiveVersions: archives.flatMap(version => textOrNull(version) ?? []),
  }
}

function objectOf(
  value: unknown,
  what: string,
  reason: TrackerRefusal = 'not-an-object',
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TrackerError(reason, `${what} is not an object`)
  }
  // Any object of JSON.parse; its values stay unknown.
  return value as Readonly<Record<string, unknown>>
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? short(value) : null
}

/** Versions and words are far shorter; what is longer cannot be one, and says so by failing to parse. */
function short(text: string): string {
  return text.slice(0, TRACKER_LIMITS.textCharacters)
}

function cut(text: string): string {
  return text.length <= DESCRIPTION_CHARACTERS ? text : text.slice(0, DESCRIPTION_CHARACTERS)
}
