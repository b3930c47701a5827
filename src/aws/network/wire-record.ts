import { parseCidr, parseIpAddress, type Cidr, type IpAddress } from '../../base/ip-range.ts'
import type { NetworkLimits } from './limits.ts'
import type { RecordedCall } from './recorded-calls.ts'

/** Hears of what cannot be read. `subject` is the id of the resource that it was read for. */
export interface Listener {
  readonly limits: NetworkLimits
  /** What the place would have told is unknown. */
  unreadable(source: RecordedCall, subject: string | null, detail: string): void
  /** It was understood, though it is not as AWS writes it. */
  warning(detail: string): void
}

/** What ids, ARNs, names and addresses are made of: nothing that a terminal, a path or a query could stumble over. */
const ID = /^[\w.:/+=@*-]+$/
const NUMBER = /^-?[0-9]{1,15}$/

/**
 * One object of an answer, read field by field. Written by hand where a schema library would do: an estate has hundreds of
 * thousands of objects, one bad field must cost that field alone and say where it is, and the names of fields come in two
 * casings. Names are asked for as AWS's reference spells them; the same with a small first letter is taken too.
 */
export class WireRecord {
  readonly source: RecordedCall
  readonly #value: object
  readonly #listener: Listener
  readonly parent: WireRecord | null
  readonly #key: string
  #subject: string | null = null

  constructor(value: object, source: RecordedCall, listener: Listener, key: string, parent: WireRecord | null = null) {
    this.#value = value
    this.source = source
    this.#listener = listener
    this.#key = key
    this.parent = parent
  }

  /** The id of the resource that is read, once it is known: reports name it. */
  get subject(): string | null {
    return this.#subject ?? this.parent?.subject ?? null
  }

  /** What the call was about; without it the answer is about nothing, and that is reported. */
  parameter(name: string): string | null {
    const parameters = this.source.parameters ?? {}
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (typeof value === 'string' && value.length <= this.#listener.limits.idCharacters && ID.test(value)) {
      this.#subject = value
      return value
    }
    return this.unreadable(name, 'of the call was not recorded')
  }

  has(name: string): boolean {
    return this.#own(name) !== undefined
  }

  /** A field that identifies what is read; the record is useless without, and that is reported. */
  id(name: string): string | null {
    const id = this.neededId(name)
    if (id !== null) this.#subject = id
    return id
  }

  /** The id of another thing, without which this one means nothing. */
  neededId(name: string): string | null {
    const id = this.optionalId(name)
    if (id === null && (this.#own(name) ?? '') === '') this.unreadable(name, 'is missing')
    return id
  }

  /** An id, ARN or name of AWS. */
  optionalId(name: string): string | null {
    const value = this.text(name)
    if (value === null || value === '') return null
    if (value.length <= this.#listener.limits.idCharacters && ID.test(value)) return value
    this.unreadable(name, 'is not an id')
    return null
  }

  ids(name: string): readonly string[] {
    return this.#list(name).flatMap((value, index) => {
      if (typeof value === 'string' && value.length <= this.#listener.limits.idCharacters && ID.test(value))
        return [value]
      this.unreadable(`${name}[${index}]`, 'is not an id')
      return []
    })
  }

  /** Free text, cut where it is longer than any that AWS allows. */
  text(name: string): string | null {
    const value = this.#own(name)
    if (typeof value === 'string') return value.slice(0, this.#listener.limits.textCharacters)
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    if (value !== undefined) this.unreadable(name, 'is not a text')
    return null
  }

  texts(name: string): readonly string[] {
    return this.#list(name).flatMap((value, index) => {
      if (typeof value === 'string') return [value.slice(0, this.#listener.limits.textCharacters)]
      if (typeof value === 'number') return [String(value)]
      this.unreadable(`${name}[${index}]`, 'is not a text')
      return []
    })
  }

  /** A whole number, also where it is written as text. */
  number(name: string): number | null {
    const value = this.#own(name)
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    if (typeof value === 'string' && NUMBER.test(value)) return Number(value)
    if (value !== undefined && value !== '') this.unreadable(name, 'is not a whole number')
    return null
  }

  flag(name: string): boolean | null {
    const value = this.#own(name)
    if (typeof value === 'boolean') return value
    const word = typeof value === 'string' ? value.toLowerCase() : null
    if (word === 'true' || word === 'enable' || word === 'enabled' || word === 'yes') return true
    if (word === 'false' || word === 'disable' || word === 'disabled' || word === 'no') return false
    if (value !== undefined && value !== '') this.unreadable(name, 'is neither true nor false')
    return null
  }

  /** Milliseconds since 1970: RFC 3339 text, or seconds as the Query and JSON protocols write times. */
  time(name: string): number | null {
    const value = this.#own(name)
    if (value === undefined || value === '') return null
    const time =
      typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value.slice(0, 64)) : Number.NaN
    if (Number.isFinite(time)) return time
    this.unreadable(name, 'is not a time')
    return null
  }

  /** A word that is written alone or as an object of it: `State: "available"`, `State: { Code: 16, Name: "running" }`. */
  word(name: string, ...inside: readonly string[]): string | null {
    const value = this.#own(name)
    if (typeof value !== 'object') return this.text(name)?.toLowerCase() ?? null
    const record = this.record(name)
    for (const key of inside) {
      const word = record?.text(key)
      if (word !== null && word !== undefined) return word.toLowerCase()
    }
    this.unreadable(name, `has no ${inside.join(' or ')}`)
    return null
  }

  /** The keys of a map, in order. */
  names(): readonly string[] {
    const names = Object.keys(this.#value).sort()
    if (names.length <= this.#listener.limits.itemsPerList) return names
    this.unreadable('*', `are more than ${this.#listener.limits.itemsPerList} members`)
    return names.slice(0, this.#listener.limits.itemsPerList)
  }

  record(name: string): WireRecord | null {
    const value = this.#own(name)
    if (value === undefined) return null
    if (isObject(value)) return new WireRecord(value, this.source, this.#listener, `.${name}`, this)
    this.unreadable(name, 'is not an object')
    return null
  }

  records(name: string): readonly WireRecord[] {
    return this.#list(name).flatMap((value, index) => {
      const key = `${name}[${index}]`
      if (isObject(value)) return [new WireRecord(value, this.source, this.#listener, `.${key}`, this)]
      this.unreadable(key, 'is not an object')
      return []
    })
  }

  cidr(name: string): Cidr | null {
    const text = this.text(name)
    return text === null || text === '' ? null : this.#cidrOf(name, text)
  }

  cidrs(name: string): readonly Cidr[] {
    return this.#list(name).flatMap((value, index) => {
      const key = `${name}[${index}]`
      return (typeof value === 'string' ? this.#cidrOf(key, value) : this.unreadable(key, 'is not a prefix')) ?? []
    })
  }

  address(name: string): IpAddress | null {
    const text = this.text(name)
    if (text === null || text === '') return null
    return parseIpAddress(text) ?? this.unreadable(name, 'is not an address')
  }

  unreadable(name: string, what: string): null {
    this.#listener.unreadable(this.source, this.subject, `${this.#place()}.${name} ${what}`)
    return null
  }

  #cidrOf(name: string, text: string): Cidr | null {
    const cidr = parseCidr(text)
    if (cidr === null) return this.unreadable(name, 'is not a prefix')
    if (cidr.text === text) return cidr
    const address = parseIpAddress(text.split('/', 1)[0] ?? '')
    if (address !== null && address.value !== cidr.first) {
      this.#listener.warning(`${this.#place()}.${name} has host bits: read as ${cidr.text}`)
    }
    return cidr
  }

  #list(name: string): readonly unknown[] {
    const value = this.#own(name)
    if (value === undefined) return []
    if (!Array.isArray(value)) {
      this.unreadable(name, 'is not a list')
      return []
    }
    const most = this.#listener.limits.itemsPerList
    if (value.length <= most) return value
    this.unreadable(name, `has more than ${most} items`)
    return value.slice(0, most)
  }

  /** `null` is what some programs write where AWS says nothing. */
  #own(name: string): unknown {
    if (Object.hasOwn(this.#value, name)) return Reflect.get(this.#value, name) ?? undefined
    const small = name.charAt(0).toLowerCase() + name.slice(1)
    return Object.hasOwn(this.#value, small) ? (Reflect.get(this.#value, small) ?? undefined) : undefined
  }

  #place(): string {
    return this.parent === null ? this.#key : `${this.parent.#place()}${this.#key}`
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
