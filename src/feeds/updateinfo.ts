import type { XmlEvent } from '../base/xml.ts'

/** One notice of an rpm repository, only what we read. (`updateinfo.xml`: Amazon Linux, Bottlerocket, Fedora) */
export interface RpmUpdate {
  readonly id: string
  /** `security`, `bugfix`, `enhancement`; `null` when unsaid. */
  readonly type: string | null
  readonly title: string | null
  readonly severity: string | null
  readonly issued: string | null
  readonly updated: string | null
  readonly description: string | null
  readonly cves: readonly string[]
  /** Addresses of other references. */
  readonly links: readonly string[]
  readonly packages: readonly RpmUpdatePackage[]
}

export interface RpmUpdatePackage {
  readonly name: string
  /** `epoch:version-release`, without an epoch of 0. */
  readonly version: string
  readonly arch: string
  /** `name:stream` of the module that its collection holds. (Rocky Linux) */
  readonly module: string | null
}

export type RpmUpdateRefusal = 'no-id' | 'duplicate-element' | 'too-many-packages' | 'too-many-references'

/**
 * Bounds of one notice; the largest seen has some 2,000 packages (kernels of all architectures). Descriptions gather what
 * is said about each of its flaws: they are cut later than those of one.
 */
const LIMITS = {
  packages: 100_000,
  references: 20_000,
  idCharacters: 256,
  fieldCharacters: 1_024,
  descriptionCharacters: 64_000,
} as const

interface OpenUpdate {
  refusal: RpmUpdateRefusal | null
  readonly type: string | null
  readonly fields: Map<string, string>
  readonly cves: Set<string>
  readonly links: Set<string>
  readonly packages: RpmUpdatePackage[]
  /** Of the collection that is open. */
  module: string | null
}

/** Fields that are text of an element directly inside `update`. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['id', 'title', 'severity', 'description'])

/**
 * Gathers notices from the events of a document, one at a time in memory. What is wrong with one notice costs that notice:
 * it is told to `onBad` with its id.
 */
export class UpdateinfoReader {
  private readonly path: string[] = []
  private open: OpenUpdate | null = null
  private count = 0
  private readonly onBad: (reason: RpmUpdateRefusal | 'package-without-version', name: string) => void

  constructor(onBad: (reason: RpmUpdateRefusal | 'package-without-version', name: string) => void) {
    this.onBad = onBad
  }

  /** Notices so far, read or not. */
  get updateCount(): number {
    return this.count
  }

  /** Takes one event; returns the notice that it ends, when it does and the notice can be read. */
  take(event: XmlEvent): RpmUpdate | null {
    switch (event.is) {
      case 'open':
        this.path.push(event.name)
        this.openElement(event.name, event.attributes)
        return null
      case 'text':
        this.text(event.text)
        return null
      case 'close': {
        const isUpdate = this.path.length === 2 && event.name === 'update'
        this.path.pop()
        return isUpdate ? this.close() : null
      }
    }
  }

  private openElement(name: string, attributes: ReadonlyMap<string, string>): void {
    if (this.path.length === 2 && name === 'update') {
      this.count++
      const type = attributes.get('type') ?? null
      this.open = {
        refusal: null,
        type,
        fields: new Map(),
        cves: new Set(),
        links: new Set(),
        packages: [],
        module: null,
      }
      return
    }
    const { open } = this
    if (open === null) return
    if (this.path.length === 3) {
      const date = attributes.get('date')
      if ((name === 'issued' || name === 'updated') && date !== undefined) open.fields.set(name, cut(date))
      else if (TEXT_FIELDS.has(name)) {
        if (open.fields.has(name)) open.refusal ??= 'duplicate-element'
        open.fields.set(name, '')
      }
    } else if (name === 'reference') this.reference(open, attributes)
    else if (name === 'collection') open.module = null
    else if (name === 'module') open.module = moduleOf(attributes)
    else if (name === 'package') this.package(open, attributes)
  }

  private text(text: string): void {
    if (this.open === null || this.path.length !== 3) return
    const name = this.path[2] ?? ''
    const before = this.open.fields.get(name)
    if (before === undefined || !TEXT_FIELDS.has(name)) return
    const limit = name === 'description' ? LIMITS.descriptionCharacters : LIMITS.fieldCharacters
    if (before.length < limit) this.open.fields.set(name, (before + text).slice(0, limit))
  }

  private reference(open: OpenUpdate, attributes: ReadonlyMap<string, string>): void {
    if (open.cves.size + open.links.size >= LIMITS.references) {
      open.refusal ??= 'too-many-references'
      return
    }
    const id = attributes.get('id') ?? ''
    const href = attributes.get('href') ?? ''
    if (/^CVE-\d{4}-\d{4,12}$/.test(id)) open.cves.add(id)
    else if (/^https?:\/\/\S{1,2000}$/.test(href)) open.links.add(href)
  }

  private package(open: OpenUpdate, attributes: ReadonlyMap<string, string>): void {
    if (open.packages.length >= LIMITS.packages) {
      open.refusal ??= 'too-many-packages'
      return
    }
    const name = cut(attributes.get('name') ?? '')
    const version = attributes.get('version') ?? ''
    const release = attributes.get('release') ?? ''
    if (name === '' || version === '') {
      this.onBad('package-without-version', `${open.fields.get('id')?.trim() ?? ''} ${name}`)
      return
    }
    const epoch = attributes.get('epoch') ?? '0'
    const evr = `${epoch === '0' || epoch === '' ? '' : `${epoch}:`}${version}${release === '' ? '' : `-${release}`}`
    // What is too long for a version is cut and then not read: undetermined, never another version.
    open.packages.push({
      name,
      version: evr.slice(0, 2 * LIMITS.fieldCharacters),
      // Builds that are said to be for none might be for any.
      arch: cut(attributes.get('arch') ?? '') || 'noarch',
      module: open.module,
    })
  }

  private close(): RpmUpdate | null {
    const { open } = this
    this.open = null
    if (open === null) return null
    const field = (name: string): string | null => open.fields.get(name)?.trim() || null
    const id = field('id')
    if (id === null || id.length > LIMITS.idCharacters || open.refusal !== null) {
      this.onBad(open.refusal ?? 'no-id', id ?? `notice ${this.count}`)
      return null
    }
    return {
      id,
      type: open.type,
      title: field('title'),
      severity: wordOf(field('severity')),
      issued: field('issued'),
      updated: field('updated'),
      description: field('description'),
      cves: [...open.cves],
      links: [...open.links],
      packages: open.packages,
    }
  }
}

/** What is no word rates nothing. */
function wordOf(text: string | null): string | null {
  return text !== null && /^[A-Za-z][A-Za-z -]{0,39}$/.test(text) ? text : null
}

function moduleOf(attributes: ReadonlyMap<string, string>): string | null {
  const label = `${attributes.get('name') ?? ''}:${attributes.get('stream') ?? ''}`
  return /^[A-Za-z0-9_.+-]{1,100}:[A-Za-z0-9_.+-]{1,100}$/.test(label) ? label : null
}

function cut(text: string): string {
  return text.slice(0, LIMITS.fieldCharacters)
}
