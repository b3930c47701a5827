import type { Clock } from '../../base/clock.ts'
import { isDenied } from '../aws-errors.ts'
import { openClient, type AwsCredentials, type CallSender } from './clients.ts'
import { NETWORK_CALLS, type NetworkCall, type NetworkService } from './network-calls.ts'
import type { Failure, RecordedCall } from './recorded-calls.ts'
import { WireRecord, type Listener } from './wire-record.ts'
import { DEFAULT_NETWORK_LIMITS } from './limits.ts'

/** One account in one Region. */
export interface CollectedScope {
  readonly accountId: string
  readonly region: string
  /** `null`: those that the SDK finds on this machine. */
  readonly credentials: (() => Promise<AwsCredentials>) | null
}

export interface CollectOptions {
  readonly clock: Clock
  /** Hears of each call when it has been answered. */
  readonly progress: (call: string, scope: CollectedScope) => void
  /** Calls that are made; all of them when left out. Those that others take their ids from must be among them. */
  readonly calls?: ReadonlySet<string>
  /** For tests. */
  readonly open?: (service: NetworkService, scope: CollectedScope) => Promise<CallSender>
}

/** Calls of one account and Region at once: below the rates at which EC2 begins to throttle an account. (EC2, request throttling) */
const CALLS_AT_ONCE = 8
/** Accounts and Regions at once. */
const SCOPES_AT_ONCE = 4
/** Pages after which a listing that does not end is given up; what was read says so by its last token. */
const MOST_PAGES = 5000

/** Everything that a network is described by, of several accounts and Regions. What AWS refuses is named in the answer's place. */
export async function collectNetwork(
  scopes: readonly CollectedScope[],
  options: CollectOptions,
): Promise<readonly RecordedCall[]> {
  const accounts = new Set<string>()
  const wanted = scopes.map(scope => {
    const isFirst = !accounts.has(scope.accountId)
    accounts.add(scope.accountId)
    // Accelerators are the account's, whatever the Region.
    const own = NETWORK_CALLS.filter(({ service }) => isFirst || service !== 'global-accelerator')
    return { scope, calls: own.filter(({ call }) => options.calls?.has(call) ?? true) }
  })
  return (
    await inParallel(wanted, SCOPES_AT_ONCE, async ({ scope, calls }) => collectScope(scope, calls, options))
  ).flat()
}

async function collectScope(
  scope: CollectedScope,
  calls: readonly NetworkCall[],
  options: CollectOptions,
): Promise<readonly RecordedCall[]> {
  const clients = new Map<NetworkService, Promise<CallSender>>()
  const open = options.open ?? openClient
  const clientOf = async (service: NetworkService): Promise<CallSender> => {
    const known = clients.get(service)
    if (known !== undefined) return known
    const opened = open(service, scope)
    clients.set(service, opened)
    return opened
  }
  const answered = new Map<string, readonly RecordedCall[]>()
  try {
    // Calls about one resource come after those that tell its id: level by level, each in parallel.
    for (let left = calls; left.length > 0;) {
      const ready = left.filter(({ about }) => about === null || !left.some(({ call }) => call === about.call))
      const asked = ready.flatMap(call => questionsOf(call, answered).map(parameters => ({ call, parameters })))
      const answers = await inParallel(asked, CALLS_AT_ONCE, async ({ call, parameters }) => {
        const pages = await askAll(await clientOf(call.service), call, parameters, scope, options.clock)
        options.progress(call.call, scope)
        return pages
      })
      for (const page of answers.flat()) answered.set(page.call, [...(answered.get(page.call) ?? []), page])
      left = left.filter(call => !ready.includes(call))
    }
  } finally {
    for (const client of clients.values()) (await client).close()
  }
  return [...answered.values()].flat()
}

type Parameters = Readonly<Record<string, string>> | null

/** What the call is made about: everything at once, or each resource that an earlier answer lists. */
function questionsOf(
  { about }: NetworkCall,
  answered: ReadonlyMap<string, readonly RecordedCall[]>,
): readonly Parameters[] {
  if (about === null) return [null]
  const ids = new Set<string>()
  for (const source of answered.get(about.call) ?? []) {
    if (typeof source.answer !== 'object' || source.answer === null) continue
    const answer = new WireRecord(source.answer, source, DEAF, source.call)
    for (const item of answer.records(about.member)) {
      const id = item.optionalId(about.field)
      if (id !== null && id.includes(about.holding ?? '')) ids.add(id)
    }
  }
  return [...ids].sort().map(id => ({ [about.parameter]: id }))
}

/** What cannot be read is reported when the answers are parsed. */
const DEAF: Listener = { limits: DEFAULT_NETWORK_LIMITS, unreadable() {}, warning() {} }

async function askAll(
  client: CallSender,
  { call, service, pageSize, input }: NetworkCall,
  parameters: Parameters,
  { accountId, region }: CollectedScope,
  clock: Clock,
): Promise<readonly RecordedCall[]> {
  const pages: RecordedCall[] = []
  const record = (answer: unknown): void => {
    const asked = parameters === null ? {} : { parameters }
    pages.push({ call, accountId, region, ...asked, answer, recordedAt: clock.now() })
  }
  const names = SPELLINGS[service]
  const own = Object.fromEntries(Object.entries(parameters ?? {}).map(([name, id]) => [names.parameter(name), id]))
  const size = pageSize === null ? {} : { [names.size]: pageSize }
  let token: string | null = null
  try {
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const next: Record<string, string> = token === null ? {} : { [names.token]: token }
      const answer = plainAnswer(await client.ask(call, { ...input, ...own, ...size, ...next }))
      record(answer)
      token = textMember(answer, names.nextToken)
      if (token === null) return pages
    }
  } catch (thrown) {
    record(failureOf(thrown))
  }
  return pages
}

interface Spelling {
  readonly token: string
  readonly nextToken: string
  readonly size: string
  readonly parameter: (name: string) => string
}

const PASCAL: Spelling = { token: 'NextToken', nextToken: 'NextToken', size: 'MaxResults', parameter: name => name }
const MARKER: Spelling = { token: 'Marker', nextToken: 'NextMarker', size: 'PageSize', parameter: name => name }

/** How each service spells pages and parameters. */
const SPELLINGS: Readonly<Record<NetworkService, Spelling>> = {
  ec2: PASCAL,
  'network-firewall': PASCAL,
  'global-accelerator': PASCAL,
  'elastic-load-balancing-v2': MARKER,
  'elastic-load-balancing': MARKER,
  'direct-connect': {
    token: 'nextToken',
    nextToken: 'nextToken',
    size: 'maxResults',
    parameter: name => name.charAt(0).toLowerCase() + name.slice(1),
  },
}

/** As JSON has it: times as text, without what the client says of the transport. */
function plainAnswer(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === '$metadata' ? undefined : value)))
}

function textMember(answer: unknown, name: string): string | null {
  if (typeof answer !== 'object' || answer === null || !Object.hasOwn(answer, name)) return null
  const value: unknown = Reflect.get(answer, name)
  return typeof value === 'string' && value !== '' ? value : null
}

function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof Error) || thrown instanceof TypeError) throw thrown
  // What the client adds in further lines is for those who wrote it.
  const [firstLine = ''] = thrown.message.split('\n', 1)
  const detail = `${thrown.name}: ${firstLine.slice(0, 500)}`
  return isDenied(thrown) ? { deniedWith: detail } : { unreadable: detail }
}

/** The outcomes in the order of the questions, so many at once. */
async function inParallel<Question, Answer>(
  questions: readonly Question[],
  atOnce: number,
  answer: (question: Question) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  const waiting = questions.entries()
  const work = async (): Promise<void> => {
    for (const [index, question] of waiting) answers[index] = await answer(question)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, questions.length) }, work))
  return answers
}
