import { instant } from '../../base/clock.ts'
import type { DescribedCall } from '../../scanning/described-call.ts'
import { DEFAULT_NETWORK_LIMITS, type NetworkLimits } from './limits.ts'
import type { RecordedCall } from './recorded-calls.ts'

/** Characters of one part: small enough to be packed and unpacked without being noticed. */
const PART_CHARACTERS = 4 * 1024 * 1024

/** What is kept of an answer; its call, account and Region are those of the part. */
interface KeptAnswer {
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly answer: unknown
  readonly recordedAt?: number
}

/** Answers of one account and Region as parts that are kept. What passes the limit is kept as cut off, never left out. */
export function keptCalls(
  calls: readonly RecordedCall[],
  limits: Pick<NetworkLimits, 'keptCharacters'> = DEFAULT_NETWORK_LIMITS,
): readonly DescribedCall[] {
  const kept: DescribedCall[] = []
  let left = limits.keptCharacters
  for (const [call, pages] of Map.groupBy(calls, recording => recording.call)) {
    let texts: string[] = []
    let characters = 0
    const end = (): void => {
      if (texts.length > 0) kept.push({ call, text: `[${texts.join(',')}]` })
      texts = []
      characters = 0
    }
    for (const { parameters, answer, recordedAt } of pages) {
      const asked = {
        ...(parameters === undefined ? {} : { parameters }),
        ...(recordedAt === undefined ? {} : { recordedAt }),
      }
      let text = JSON.stringify({ ...asked, answer } satisfies KeptAnswer)
      left -= text.length
      if (left < 0) {
        const truncated = `more than ${limits.keptCharacters} characters of answers: the rest was not kept`
        text = JSON.stringify({ ...asked, answer: { truncated } } satisfies KeptAnswer)
      }
      if (characters > 0 && characters + text.length > PART_CHARACTERS) end()
      texts.push(text)
      characters += text.length
    }
    end()
  }
  return kept
}

/** The answers again. Parts are sealed, so that they are what `keptCalls` wrote. */
export function* recordedOf(
  { accountId, region }: { readonly accountId: string; readonly region: string },
  parts: Iterable<DescribedCall>,
): Generator<RecordedCall> {
  for (const { call, text } of parts) {
    for (const { recordedAt, ...rest } of JSON.parse(text) as readonly KeptAnswer[]) {
      yield {
        call,
        accountId,
        region,
        ...rest,
        ...(recordedAt === undefined ? {} : { recordedAt: instant(recordedAt) }),
      }
    }
  }
}
