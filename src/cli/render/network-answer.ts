import type { Answer, AnsweredWay, NetworkQuestion } from '../../app/network.ts'
import { formatIpAddress } from '../../base/ip-range.ts'
import { isWholeInternet } from '../../domain/network/internet.ts'
import { plainText } from './plain-text.ts'

/** Closed ways whose obstacles a person reads; the most hopeful come first. */
const WAYS_SHOWN = 3
/** Sources, or ports, of one cell. */
const TEXTS_SHOWN = 3

/** The verdict in a sentence, then the way that is open, or the most hopeful ones with everything that stops them. */
export function answerLines(answer: Answer, question: NetworkQuestion): readonly string[] {
  const ways = answer.ways.slice(0, answer.verdict === 'open' ? 1 : WAYS_SHOWN)
  return [verdictInWords(answer, question), ...ways.flatMap(wayLines)].map(plainText)
}

/** What `--format json` prints of an answer. (docs/reference/reachability-report.md) */
export function answerShape({ verdict, openSources, ways, remarks }: Answer, question: NetworkQuestion): object {
  return {
    schemaVersion: 1,
    question,
    verdict,
    openSources,
    ways: ways.map(way => Object.assign({}, way, { source: formatIpAddress(way.source) })),
    remarks,
  }
}

/** Who may come: canonical CIDRs of one family. The internet has some fifty. */
export function sourcesInWords(sources: readonly string[]): string {
  return isWholeInternet(sources) ? 'the internet' : listInWords(sources)
}

/** The first few of many. */
export function listInWords(texts: readonly string[]): string {
  const shown = texts.slice(0, TEXTS_SHOWN).join(', ')
  return texts.length > TEXTS_SHOWN ? `${shown} and ${texts.length - TEXTS_SHOWN} more` : shown
}

function verdictInWords({ verdict, openSources, ways }: Answer, { from, to, port, protocol }: NetworkQuestion): string {
  const asked = `${protocol} ${port} of ${to}, from ${from}`
  if (verdict === 'open') return `Open: ${asked}, for ${sourcesInWords(openSources)}.`
  if (verdict === 'unknown') return `Not known: ${asked}. No open way is known, and something was not described.`
  const [best] = ways
  if (best === undefined) return `Closed: ${asked}. No way leads there.`
  const { length } = best.obstacles
  return `Closed: ${asked}. ${length === 1 ? 'One thing stops' : `${length} things stop`} the most hopeful way.`
}

function wayLines({ interfaceId, targetAddress, source, edge, hops, isOpen }: AnsweredWay): readonly string[] {
  const through = edge === null ? '' : `, by ${edge.id}`
  return [
    '',
    `${isOpen ? 'Open' : 'Closed'}: ${formatIpAddress(source)} to ${targetAddress} of ${interfaceId}${through}`,
    ...hops.map(hop => {
      const arrow = hop.direction === 'forward' ? '->' : '<-'
      const rule = hop.rule === null ? '' : ` [${hop.rule}]`
      const stop = hop.verdict === 'passes' ? '' : `STOPS HERE (${hop.verdict}) `
      return `  ${arrow} ${stop}${hop.componentId}${rule}: ${hop.detail}`
    }),
  ]
}
