import { decodeUtf8 } from '../../base/utf8.ts'

/** One notice, only what we read, whichever of the two files it is from. */
export interface AlmaNotice {
  /** `ALSA-2021:3253` */
  readonly id: string
  readonly title: string | null
  readonly description: string | null
  readonly severity: string | null
  /** Milliseconds since 1970. */
  readonly issued: number | null
  readonly updated: number | null
  readonly cves: readonly string[]
  readonly links: readonly string[]
  readonly packages: readonly AlmaPackage[]
}

export interface AlmaPackage {
  readonly name: string
  /** `epoch:version-release`, without an epoch of 0. */
  readonly version: string
  readonly arch: string
  /** File name of the source package, e.g. `lua-5.4.4-4.el9.src.rpm`. */
  readonly source: string | null
  /** `name:stream` of the module that it is part of. */
  readonly module: string | null
}

/** The notice cannot be read: what is wrong, in constants that can be counted. */
export class AlmaNoticeError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AlmaNoticeError'
  }
}

/** The largest notice seen (kernel, all architectures) has some 600 packages. (observed) */
const LIMITS = { packages: 50_000, references: 20_000, textCharacters: 1_024, links: 200, details: 8_000 } as const

type Fields = Readonly<Record<string, unknown>>

/** Reads a notice of `errata.full.json` or of the older `errata.json`. Throws `AlmaNoticeError`. */
export function readNotice(bytes: Uint8Array): AlmaNotice {
  let value: unknown
  try {
    value = JSON.parse(decodeUtf8(bytes))
  } catch {
    throw new AlmaNoticeError('not-json')
  }
  if (!isFields(value)) throw new AlmaNoticeError('not-an-object')
  const id = text(value['id']) ?? text(value['updateinfo_id'])
  if (id === null || !/^AL[A-Z]A-\d{4}:[A-Za-z0-9:._-]{1,40}$/.test(id)) throw new AlmaNoticeError('no-id')
  // The older file keeps the packages in a list of one collection, with the module beside them.
  const collection = isFields(value['pkglist']) ? value['pkglist'] : value
  const ownModule = isFields(collection['module']) ? moduleOfParts(collection['module']) : null
  const packages = list(collection['packages'], LIMITS.packages).map(entry => readPackage(entry, ownModule))
  const cves = new Set<string>()
  const links: string[] = []
  for (const entry of list(value['references'], LIMITS.references)) {
    const reference: Fields = isFields(entry) ? entry : {}
    const name = text(reference['id']) ?? ''
    const href = text(reference['href']) ?? ''
    if (/^CVE-\d{4}-\d{4,12}$/.test(name)) cves.add(name)
    else if (links.length < LIMITS.links && /^https?:\/\/[^\s"'<>\\]+$/.test(href)) links.push(href)
  }
  return {
    id,
    title: text(value['title']),
    description: typeof value['description'] === 'string' ? value['description'].slice(0, LIMITS.details) : null,
    severity: wordOf(value['severity']),
    issued: timeOf(value['issued_date']),
    updated: timeOf(value['updated_date']),
    cves: [...cves],
    links,
    packages,
  }
}

/** A notice whose list of packages is not to be believed in one place is not believed at all: a fix would be missing. */
function readPackage(entry: unknown, ownModule: string | null): AlmaPackage {
  if (!isFields(entry)) throw new AlmaNoticeError('malformed-package')
  const name = text(entry['name'])
  const version = text(entry['version'])
  const release = text(entry['release'])
  const arch = text(entry['arch'])
  if (name === null || version === null || release === null || arch === null) {
    throw new AlmaNoticeError('malformed-package')
  }
  const epoch = typeof entry['epoch'] === 'number' ? String(entry['epoch']) : (text(entry['epoch']) ?? '0')
  return {
    name,
    version: `${epoch === '0' || epoch === '' ? '' : `${epoch}:`}${version}-${release}`,
    arch,
    source: text(entry['src']),
    module: moduleOfLabel(text(entry['module'])) ?? ownModule,
  }
}

/** `name:stream` of a label `name:stream:version:context:arch`. */
function moduleOfLabel(label: string | null): string | null {
  return /^([A-Za-z0-9_.+-]{1,100}:[A-Za-z0-9_.+-]{1,100})(?::|$)/.exec(label ?? '')?.[1] ?? null
}

function moduleOfParts(module: Fields): string | null {
  const name = text(module['name'])
  const stream = text(module['stream'])
  return name === null || stream === null ? null : moduleOfLabel(`${name}:${stream}`)
}

/** `None` is how the source writes that a notice is not rated. */
function wordOf(value: unknown): string | null {
  const word = text(value)
  return word === null || word === 'None' || !/^[A-Za-z][A-Za-z ]{0,39}$/.test(word) ? null : word
}

/** Seconds in the new file, `{ "$date": milliseconds }` in the old one. */
function timeOf(value: unknown): number | null {
  const time = isFields(value) ? value['$date'] : typeof value === 'number' ? value * 1_000 : null
  return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 && time < 8.64e15 ? time : null
}

function list(value: unknown, limit: number): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new AlmaNoticeError('malformed-list')
  if (value.length > limit) throw new AlmaNoticeError('limit-exceeded')
  return value
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= LIMITS.textCharacters ? value : null
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
