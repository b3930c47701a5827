import { parseInstant, type Instant } from '../../base/clock.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { parseAccountId, parseRegion } from '../../domain/ids.ts'
import type { FileError, FileTree } from '../../inventory/file-tree.ts'
import { DEFAULT_NETWORK_LIMITS, type NetworkLimits } from './limits.ts'
import { fileNameOf, NETWORK_CALLS } from './network-calls.ts'
import type { RecordedCall } from './recorded-calls.ts'
import { splitDocuments } from './split-documents.ts'
import { isObject } from './wire-record.ts'

export interface RecordedDirectory {
  readonly calls: readonly RecordedCall[]
  /** Files that are of no use, one sentence each, in order. */
  readonly warnings: readonly string[]
}

/** Beside the answers of one account and Region: `{ "recordedAt": "2026-01-02T03:04:05Z" }`. */
export const RECORDING_FILE = 'recording.json'

const CALLS_BY_FILE = new Map(NETWORK_CALLS.map(({ call }) => [fileNameOf(call), call]))
const CALLS_BY_NAME = new Map(NETWORK_CALLS.map(({ call }) => [call, call]))

/** Members that belong to several calls: the name of the file must tell which, or the content does. */
const CALLS_BY_MEMBER = new Map(
  [...Map.groupBy(NETWORK_CALLS, ({ member }) => member)].map(([member, calls]) => [
    member,
    calls.map(({ call }) => call),
  ]),
)

/**
 * The calls that a directory of JSON files holds: `[ACCOUNT/][REGION/]describe-vpcs.json`, and what else people keep. What
 * a file says of its call, account and Region counts more than where it lies. (docs/how-to/network-reachability.md)
 */
export async function readRecordedDirectory(
  tree: FileTree,
  limits: NetworkLimits = DEFAULT_NETWORK_LIMITS,
): Promise<RecordedDirectory> {
  const files: string[] = []
  const warnings: string[] = []
  const calls: RecordedCall[] = []
  for await (const { path, kind } of tree.walk(error => warnings.push(describeFileError(error)))) {
    if (kind === 'directory' || !path.endsWith('.json')) continue
    if (path.split('/').length > limits.directoryDepth + 1) warnings.push(`${path} lies too deep and was not read`)
    else if (files.length < limits.files) files.push(path)
    else {
      calls.push(unreadable('*', path, {}, 'truncated', `there are more than ${limits.files} files`))
      break
    }
  }
  files.sort()
  const times = await readTimes(tree, files)
  let bytes = 0
  for (const path of files.filter(file => !isRecording(file))) {
    const scope = scopeOf(path)
    const named = callOfPath(path)
    const read = await tree.read(path, Math.min(limits.fileBytes, limits.totalBytes - bytes))
    if (!read.ok) {
      calls.push(unreadable(named?.call ?? '*', path, scope, 'unreadable', describeFileError(read.error)))
      continue
    }
    bytes += read.value.length
    const { documents, fault } = splitDocuments(decodeUtf8(read.value))
    const place: Place = { path, scope, named, recordedAt: times.get(directoryOf(path)) ?? null }
    for (const document of documents) {
      const found = callsOf(document, place)
      if (found.length === 0) warnings.push(`${path} holds no answer of a call that is known`)
      calls.push(...found)
    }
    if (fault !== null) calls.push(unreadable(named?.call ?? '*', path, scope, fault.is, `${path}: ${fault.detail}`))
  }
  return { calls, warnings: warnings.sort() }
}

interface PathScope {
  readonly accountId?: string
  readonly region?: string
}

interface NamedCall {
  readonly call: string
  readonly parameters: Readonly<Record<string, string>> | null
}

interface Place {
  readonly path: string
  readonly scope: PathScope
  readonly named: NamedCall | null
  readonly recordedAt: Instant | null
}

/** Lists and names of calls around an answer. */
const MOST_NESTING = 4

/** One document: an answer, pages of one, an object of call → answer, or calls with what they were asked. */
function callsOf(document: unknown, place: Place, depth = 0): readonly RecordedCall[] {
  if (depth > MOST_NESTING) return []
  if (Array.isArray(document)) {
    const items: readonly unknown[] = document
    const parts = items.map(item => (isObject(item) ? callsOf(item, place, depth + 1) : []))
    // `--query Vpcs` leaves the bare list; the name of the file says what it lists.
    if (parts.every(part => part.length === 0)) return place.named === null ? [] : [bareList(items, place, place.named)]
    return parts.flat()
  }
  if (!isObject(document)) return []
  if (Object.hasOwn(document, 'answer')) return recordedCallOf(document, place)
  const entries = Object.entries(document)
  const byCall = entries.flatMap(([key, value]) => {
    const call = callOfName(key)
    return call === null ? [] : answersOf(value, { ...place, named: { call, parameters: null } }, depth + 1)
  })
  if (byCall.length > 0) return byCall
  const named = isFailure(document) ? place.named : checkedName(document, place.named)
  if (named !== null) return [recorded(named.call, named.parameters, document, place)]
  return callsOfContent(document).map(call => recorded(call, null, document, place))
}

/** What stands under the name of a call: its answer, pages of it, or answers with what was asked. */
function answersOf(value: unknown, place: Place, depth: number): readonly RecordedCall[] {
  const found = callsOf(value, place, depth)
  if (found.length > 0 || place.named === null) return found
  return [recorded(place.named.call, null, value, place)]
}

/** `{ call, accountId, region, parameters, answer }`, each but the answer where the file's place does not tell it. */
function recordedCallOf(document: object, place: Place): readonly RecordedCall[] {
  const member = (name: string): unknown => (Object.hasOwn(document, name) ? Reflect.get(document, name) : undefined)
  const [accountId, region, parameters] = [member('accountId'), member('region'), member('parameters')]
  const [name, time] = [member('call'), member('recordedAt')]
  const call = (typeof name === 'string' ? callOfName(name) : null) ?? place.named?.call ?? null
  if (call === null) return []
  const recordedAt = typeof time === 'string' ? parseInstant(time) : null
  const own: Place = {
    ...place,
    scope: {
      ...place.scope,
      ...(typeof accountId === 'string' && parseAccountId(accountId) !== null ? { accountId } : {}),
      ...(typeof region === 'string' && parseRegion(region) !== null ? { region } : {}),
    },
    recordedAt: recordedAt ?? place.recordedAt,
  }
  const asked = isObject(parameters) ? Object.fromEntries(Object.entries(parameters)) : place.named?.parameters
  const answer = member('answer')
  // What it holds counts more than what it is called, as with names of files.
  const others =
    isObject(answer) && checkedName(answer, { call, parameters: null }) === null ? callsOfContent(answer) : []
  if (others.length > 0) return others.map(other => recorded(other, null, answer, own))
  return [recorded(call, asked ?? null, answer, own)]
}

function bareList(items: readonly unknown[], place: Place, { call, parameters }: NamedCall): RecordedCall {
  const member = NETWORK_CALLS.find(known => known.call === call)?.member ?? ''
  return recorded(call, parameters, { [member]: items }, place)
}

function recorded(
  call: string,
  parameters: Readonly<Record<string, unknown>> | null,
  answer: unknown,
  { path, scope, recordedAt }: Place,
): RecordedCall {
  return {
    call,
    accountId: scope.accountId ?? null,
    region: scope.region ?? null,
    answer,
    place: path,
    ...(parameters === null ? {} : { parameters }),
    ...(recordedAt === null ? {} : { recordedAt }),
  }
}

function unreadable(
  call: string,
  place: string,
  { accountId, region }: PathScope,
  is: 'unreadable' | 'truncated',
  detail: string,
): RecordedCall {
  const answer = is === 'truncated' ? { truncated: detail } : { unreadable: detail }
  return { call, accountId: accountId ?? null, region: region ?? null, answer, place }
}

/** The name of the file counts only where the answer has the member that the call answers with. */
function checkedName(document: object, named: NamedCall | null): NamedCall | null {
  const calls = NETWORK_CALLS.filter(({ call }) => call === named?.call || call === `${named?.call} (classic)`)
  return calls.some(({ member }) => hasMember(document, member)) ? named : null
}

/** The calls that answer with members of the document: one, or several where somebody merged their answers. */
function callsOfContent(document: object): readonly string[] {
  return [...CALLS_BY_MEMBER].flatMap(([member, calls]) => {
    if (!hasMember(document, member)) return []
    return (calls.length === 1 ? calls[0] : callOfItems(document, member)) ?? []
  })
}

/** Of calls that answer with the same member, the one that the first item is an item of. */
function callOfItems(document: object, member: string): string | undefined {
  const items: unknown = Reflect.get(document, member)
  const first: unknown = Array.isArray(items) ? items[0] : null
  if (!isObject(first)) return undefined
  if (member === 'PrefixLists') return hasMember(first, 'Cidrs') ? 'DescribePrefixLists' : 'DescribeManagedPrefixLists'
  if (member === 'Listeners') return hasMember(first, 'LoadBalancerArn') ? 'DescribeListeners' : 'ListListeners'
  return undefined
}

function hasMember(document: object, member: string): boolean {
  return Object.hasOwn(document, member) || Object.hasOwn(document, member.charAt(0).toLowerCase() + member.slice(1))
}

function isFailure(document: object): boolean {
  return ['deniedWith', 'unreadable', 'truncated'].some(member => Object.hasOwn(document, member))
}

function callOfName(name: string): string | null {
  return CALLS_BY_NAME.get(name) ?? CALLS_BY_FILE.get(name.replace(/\.json$/, '')) ?? null
}

/** `describe-vpcs.json`; about one resource `search-transit-gateway-routes.tgw-rtb-1.json` or a file in a directory of that name. */
function callOfPath(path: string): NamedCall | null {
  const [directory = '', file = ''] = path.split('/').slice(-2)
  const name = path.includes('/') ? file.replace(/\.json$/, '') : path.replace(/\.json$/, '')
  const whole = callOfName(name)
  if (whole !== null) return { call: whole, parameters: null }
  const inDirectory = path.includes('/') ? callOfName(directory) : null
  const [first = '', ...rest] = name.split('.')
  const call = inDirectory ?? callOfName(first)
  const id = decoded(inDirectory === null ? rest.join('.') : name)
  const parameter = NETWORK_CALLS.find(known => known.call === call)?.about?.parameter
  if (call === null || id === '') return call === null ? null : { call, parameters: null }
  // `describe-vpcs.1.json` is a page.
  return { call, parameters: parameter === undefined || /^[0-9]+$/.test(id) ? null : { [parameter]: id } }
}

/** ARNs hold slashes, which file names cannot. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function scopeOf(path: string): PathScope {
  const directories = path.split('/').slice(0, -1)
  const accountId = directories.find(directory => parseAccountId(directory) !== null)
  const region = directories.find(directory => parseRegion(directory) !== null)
  return { ...(accountId === undefined ? {} : { accountId }), ...(region === undefined ? {} : { region }) }
}

function isRecording(path: string): boolean {
  return path === RECORDING_FILE || path.endsWith(`/${RECORDING_FILE}`)
}

function directoryOf(path: string): string {
  return path.split('/').slice(0, -1).join('/')
}

/** When the answers in each directory were recorded. */
async function readTimes(tree: FileTree, files: readonly string[]): Promise<ReadonlyMap<string, Instant>> {
  const times = new Map<string, Instant>()
  for (const path of files.filter(isRecording)) {
    const read = await tree.read(path, 4096)
    const [document] = read.ok ? splitDocuments(decodeUtf8(read.value)).documents : []
    const text: unknown = isObject(document) ? Reflect.get(document, 'recordedAt') : undefined
    const time = typeof text === 'string' ? parseInstant(text) : null
    if (time !== null) times.set(directoryOf(path), time)
  }
  return times
}

function describeFileError(error: FileError): string {
  if (error.is === 'too-large') return `${error.path} has more than ${error.limitBytes} bytes`
  if (error.is === 'unreadable') return `${error.path} cannot be read: ${error.detail}`
  return `${error.path} cannot be read: ${error.is}`
}
