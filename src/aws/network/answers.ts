import { stableJson } from '../../base/stable-json.ts'
import type { MissingInput } from '../../domain/network/network-snapshot.ts'
import type { Owned } from '../../domain/network/vpcs.ts'
import type { NetworkLimits } from './limits.ts'
import { NETWORK_CALLS } from './network-calls.ts'
import type { RecordedCall, RecordedCalls } from './recorded-calls.ts'
import { isObject, WireRecord, type Listener } from './wire-record.ts'

/** Members by which an answer says that there is another page. */
const TOKENS = ['NextToken', 'NextMarker', 'nextToken', 'nextMarker'] as const

/** All answers, asked for by call; and what they could not tell. */
export class Answers implements Listener {
  readonly limits: NetworkLimits
  readonly #calls = new Map<string, RecordedCall[]>()
  readonly #missing: MissingInput[] = []
  readonly #missingCalls = new Map<string, MissingInput>()
  readonly #warnings: string[] = []
  /** Calls that were made, whatever came of them. */
  readonly #asked = new Set<string>()
  #unlistedWarnings = 0
  #rules = 0

  constructor(recorded: RecordedCalls, limits: NetworkLimits) {
    this.limits = limits
    for (const recording of recorded.slice(0, limits.answers)) {
      const failure = failureOf(recording.answer)
      const call = nameOf(recording)
      const known = this.#calls.get(call)
      const resourceId = resourceOf(recording)
      // An answer about nobody in particular tells of those alone whom it names, unless the call is about all.
      if (failure !== null || resourceId !== null || isAboutAll(call)) {
        this.#asked.add(askedKey(call, recording, resourceId))
      }
      if (failure !== null) this.#miss({ ...recording, call }, resourceId, failure.why, failure.detail)
      else if (known === undefined) this.#calls.set(call, [recording])
      else known.push(recording)
    }
    const [left] = recorded.slice(limits.answers)
    if (left !== undefined) {
      this.#miss(
        { ...left, call: '*' },
        null,
        'truncated',
        `more than ${limits.answers} answers: the rest was not read`,
      )
    }
    for (const [call, pages] of this.#calls) this.#reportLostPages(call, pages)
  }

  /** The answers to a call, one record for each page. */
  of(call: string): readonly WireRecord[] {
    return (this.#calls.get(call) ?? []).flatMap(source => {
      if (isObject(source.answer)) return [new WireRecord(source.answer, source, this, source.place ?? call)]
      this.unreadable(source, resourceOf(source), `the answer of ${source.place ?? call} is not an object`)
      return []
    })
  }

  /** What the answers to a call list. */
  items(call: string, member: string): readonly WireRecord[] {
    return this.of(call).flatMap(answer => answer.records(member))
  }

  /** Accounts and Regions that something was recorded of, in order. */
  scopes(): readonly Scope[] {
    const scopes = new Map<string, Scope>()
    for (const { accountId, region } of [...this.#calls.values()].flat()) {
      scopes.set(callKey('', { accountId, region }), { accountId, region })
    }
    return [...scopes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, scope]) => scope)
  }

  /** Whether the call was made about this resource, or failed for all. */
  wasAsked(call: string, scope: Scope, resourceId: string | null): boolean {
    return this.#asked.has(askedKey(call, scope, resourceId)) || this.#asked.has(askedKey(call, scope, null))
  }

  /** Takes rules into account that are about to be made; false when there are too many. */
  mayHold(rules: number, record: WireRecord, name: string): boolean {
    this.#rules += rules
    if (this.#rules <= this.limits.rules) return true
    this.#rules -= rules
    record.unreadable(name, `would make more than ${this.limits.rules} rules`)
    return false
  }

  unreadable(source: RecordedCall, subject: string | null, detail: string): void {
    this.#miss(source, subject, 'unreadable', detail)
  }

  notRecorded(call: string, scope: Scope, resourceId: string | null, detail: string): void {
    this.#miss({ call, ...scope }, resourceId, 'not-recorded', detail)
  }

  /** For calls that say so themselves. */
  truncated(source: RecordedCall, resourceId: string | null, detail: string): void {
    this.#miss(source, resourceId, 'truncated', detail)
  }

  warning(detail: string): void {
    if (this.#warnings.length < this.limits.warnings) this.#warnings.push(detail)
    else this.#unlistedWarnings += 1
  }

  /** In order, each once. */
  missing(): readonly MissingInput[] {
    const listed = new Map<string, MissingInput>()
    for (const missing of [...this.#missing, ...this.#missingCalls.values()]) listed.set(stableJson(missing), missing)
    return [...listed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, missing]) => missing)
  }

  warnings(): readonly string[] {
    const sorted = [...this.#warnings].sort()
    return this.#unlistedWarnings === 0 ? sorted : [...sorted, `and ${this.#unlistedWarnings} more warnings`]
  }

  #miss({ call, accountId, region }: Asked, resourceId: string | null, why: MissingInput['why'], detail: string): void {
    const missing: MissingInput = { call, accountId, region, resourceId, why, detail }
    const key = callKey(call, { accountId, region })
    if (resourceId === null) this.#missingCalls.set(key, this.#missingCalls.get(key) ?? missing)
    else if (this.#missing.length < this.limits.reports) this.#missing.push(missing)
    // Too many to list: the whole call counts as missing, so that no resource is taken for complete.
    else if (!this.#missingCalls.has(key)) {
      const listed = `${detail}; and more than ${this.limits.reports} others`
      this.#missingCalls.set(key, { ...missing, resourceId: null, detail: listed })
    }
  }

  /** Of the pages of one answer, all but the last say that there is another. */
  #reportLostPages(call: string, pages: readonly RecordedCall[]): void {
    const open = new Map<string, RecordedCall>()
    const ended = new Set<string>()
    for (const page of pages) {
      const key = stableJson([page.accountId, page.region, resourceOf(page)])
      if (hasNextPage(page.answer)) open.set(key, page)
      else ended.add(key)
    }
    for (const [key, page] of open) {
      const detail = `${page.place ?? call} ends with the token of a further page, which is not there`
      if (!ended.has(key)) this.#miss(page, resourceOf(page), 'truncated', detail)
    }
  }
}

export interface Scope {
  readonly accountId: string | null
  readonly region: string | null
}

type Asked = Scope & { readonly call: string }

/**
 * Each resource once, in order of id. Of several copies the owner's wins, then the newest; where both are the same, the
 * order of their contents decides, so that the order of files does not. (reachability §2.16)
 */
export function eachOnce<T extends Owned>(
  records: readonly WireRecord[],
  parse: (record: WireRecord) => T | null,
  keyOf: (value: T) => string = ({ id }) => id,
): readonly T[] {
  const best = new Map<string, { readonly value: T; readonly source: RecordedCall }>()
  for (const record of records) {
    const value = parse(record)
    if (value === null) continue
    const known = best.get(keyOf(value))
    const candidate = { value, source: record.source }
    if (known === undefined || isBetter(candidate, known)) best.set(keyOf(value), candidate)
  }
  return inOrder([...best.values()].map(({ value }) => value))
}

export function inOrder<T extends { readonly id: string }>(values: readonly T[]): readonly T[] {
  return [...values].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

interface Copy {
  readonly value: Owned
  readonly source: RecordedCall
}

function isBetter(copy: Copy, than: Copy): boolean {
  const isOwners = ({ value, source }: Copy): number => (value.accountId === source.accountId ? 1 : 0)
  const age = ({ source }: Copy): number => source.recordedAt ?? 0
  const difference = isOwners(copy) - isOwners(than) || age(copy) - age(than)
  return difference === 0 ? contentOf(copy.value) < contentOf(than.value) : difference > 0
}

/** Parsed values are shallow, unlike what they were read from; prefixes hold numbers that JSON does not know. */
function contentOf(value: Owned): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))
}

/** The owner that a record names, else nobody; and the Region that its own fields tell, else where it was asked for. */
export function ownedBy(record: WireRecord, id: string, ownerField = 'OwnerId'): Owned {
  const zone = record.text('AvailabilityZone')
  return {
    id,
    accountId: ownerOf(record, ownerField),
    region: record.source.region ?? regionOfZone(zone),
  }
}

/** `null` for what belongs to AWS itself, which names itself where accounts stand. */
function ownerOf(record: WireRecord, ownerField: string): string | null {
  const owner = record.optionalId(ownerField)
  if (owner === null) return record.source.accountId
  return /^[0-9]{12}$/.test(owner) ? owner : null
}

/** `eu-west-1` of `eu-west-1a`; of a local zone (`us-west-2-lax-1a`) its parent. */
export function regionOfZone(zone: string | null): string | null {
  return zone === null
    ? null
    : (/^([a-z]{2,4}(?:-[a-z]{2,10}){1,2}-[0-9]{1,2})(?:[a-z]|-[a-z]{3}-[0-9]{1,2}[a-z])$/.exec(zone)?.[1] ?? null)
}

/** The account and Region that an ARN names. */
export function ownedByArn(record: WireRecord, arn: string): Owned {
  const [, , , region = '', accountId = ''] = arn.split(':', 6)
  const { source } = record
  return {
    id: arn,
    accountId: /^[0-9]{12}$/.test(accountId) ? accountId : source.accountId,
    region: region === '' ? source.region : region,
  }
}

/** The resource that a call is about, `null` for calls about all. */
function resourceOf({ parameters }: RecordedCall): string | null {
  for (const value of Object.values(parameters ?? {})) if (typeof value === 'string') return value.slice(0, 2048)
  return null
}

function failureOf(answer: unknown): { readonly why: MissingInput['why']; readonly detail: string } | null {
  if (!isObject(answer)) return null
  const told = (member: string): string | null => {
    const detail: unknown = Object.hasOwn(answer, member) ? Reflect.get(answer, member) : undefined
    return typeof detail === 'string' ? detail.slice(0, 1000) : null
  }
  const [denied, unreadable, truncated] = [told('deniedWith'), told('unreadable'), told('truncated')]
  if (denied !== null) return { why: 'access-denied', detail: denied }
  if (unreadable !== null) return { why: 'unreadable', detail: unreadable }
  return truncated === null ? null : { why: 'truncated', detail: truncated }
}

const CALLS_ABOUT_ALL: ReadonlySet<string> = new Set(
  NETWORK_CALLS.filter(({ about }) => about === null).map(({ call }) => call),
)

function isAboutAll(call: string): boolean {
  return CALLS_ABOUT_ALL.has(call)
}

function hasNextPage(answer: unknown): boolean {
  return (
    isObject(answer) &&
    TOKENS.some(
      token =>
        Object.hasOwn(answer, token) &&
        typeof Reflect.get(answer, token) === 'string' &&
        Reflect.get(answer, token) !== '',
    )
  )
}

function callKey(call: string, { accountId, region }: Scope): string {
  return `${call} ${accountId ?? '-'} ${region ?? '-'}`
}

function askedKey(call: string, scope: Scope, resourceId: string | null): string {
  return `${callKey(call, scope)} ${resourceId ?? ''}`
}

/** Two generations of load balancers have calls of one name; the members of their answers differ. */
function nameOf({ call, answer }: RecordedCall): string {
  const isClassic =
    isObject(answer) && ['LoadBalancerDescriptions', 'LoadBalancerAttributes'].some(member => hasMember(answer, member))
  return isClassic && !call.endsWith(' (classic)') ? `${call} (classic)` : call
}

function hasMember(answer: object, member: string): boolean {
  return Object.hasOwn(answer, member) || Object.hasOwn(answer, member.charAt(0).toLowerCase() + member.slice(1))
}
