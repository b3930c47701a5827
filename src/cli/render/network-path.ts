import { z } from 'zod'
import { isWholeInternet } from '../../domain/network/internet.ts'
import { plainText } from './plain-text.ts'

/** `networkPath` of the answer of /openinspector/findings/explain, as far as it is printed; the rest passes. */
export const networkPathShape = z.looseObject({
  interfaceId: z.string(),
  edge: z.object({ kind: z.string(), id: z.string() }),
  family: z.string(),
  protocol: z.string(),
  ports: z.object({ begin: z.number(), end: z.number() }),
  sources: z.array(z.string()),
  sourceCount: z.number(),
  confidence: z.string(),
  assumptions: z.array(z.string()),
  targetAddresses: z.array(z.string()),
  publicAddresses: z.array(z.string()),
  frontendPorts: z.array(z.number()),
  via: z.array(z.string()),
  instanceState: z.string(),
  alternatePathCount: z.number(),
  severity: z.string(),
  services: z.array(z.string()),
  hops: z.array(
    z.looseObject({
      componentId: z.string(),
      direction: z.string(),
      rule: z.string().nullable(),
      detail: z.string(),
    }),
  ),
  listening: z
    .array(
      z.looseObject({
        protocol: z.string(),
        address: z.string(),
        port: z.number(),
        program: z.string().nullable(),
        package: z.string().nullable(),
      }),
    )
    .nullable(),
})

type NetworkPath = z.infer<typeof networkPathShape>

/** Sources, and sockets, that a person reads. */
const SHOWN = 20

/** Who can reach what, why that is so severe, who waits behind it, and each hop with the rule that lets it pass. */
export function networkPathLines(path: NetworkPath): string[] {
  const { ports, protocol, family, edge } = path
  const range = ports.begin === ports.end ? String(ports.begin) : `${ports.begin}-${ports.end}`
  const lines = [
    `${protocol} ${range} (${family}) of ${path.interfaceId}, from beyond ${edge.id} (${edge.kind})`,
    `  Sources: ${isWholeInternet(path.sources) ? 'the internet' : cutList(path.sources, path.sourceCount)}`,
    `  Leads to: ${path.targetAddresses.join(', ')}${path.publicAddresses.length === 0 ? '' : `, contacted as ${path.publicAddresses.join(', ')}`}`,
    ...(path.frontendPorts.length === 0 ? [] : [`  Contacted on port: ${path.frontendPorts.join(', ')}`]),
    ...(path.via.length === 0 ? [] : [`  By way of: ${path.via.join(', ')}`]),
    ...(path.alternatePathCount === 0 ? [] : [`  Other ways to the same: ${path.alternatePathCount}`]),
    ...(path.instanceState === 'running' ? [] : [`  The instance is ${path.instanceState}.`]),
    `  ${severityInWords(path)}`,
    `  ${path.confidence === 'certain' ? 'Certain: all that it rests on was described.' : 'Assumed, because something was not described:'}`,
    ...path.assumptions.map(assumption => `    ${assumption}`),
    '',
    'Listening',
    ...listeningLines(path.listening),
    '',
    'Hops, there and back',
    ...path.hops.map(hop => {
      const arrow = hop.direction === 'forward' ? '->' : '<-'
      return `  ${arrow} ${hop.componentId}${hop.rule === null ? '' : ` [${hop.rule}]`}: ${hop.detail}`
    }),
  ]
  return lines.map(plainText)
}

function severityInWords({ severity, services }: NetworkPath): string {
  if (services.length === 0) return `${severity}: no service of the severity table has a port in this range.`
  return `${severity}: the range holds a port of ${services.join(', ')}.`
}

function listeningLines(listening: NetworkPath['listening']): string[] {
  if (listening === null) return ['  Not known: no agent reports what runs on this instance.']
  if (listening.length === 0) return ['  Nothing, when the agent last looked: the ports are open, and nobody answers.']
  const lines = listening.slice(0, SHOWN).map(socket => {
    const owner = socket.package === null ? '' : ` of ${socket.package}`
    return `  ${socket.protocol} ${socket.address} port ${socket.port}: ${socket.program ?? 'a process that could not be looked at'}${owner}`
  })
  return listening.length > SHOWN ? [...lines, `  and ${listening.length - SHOWN} more`] : lines
}

function cutList(texts: readonly string[], count: number): string {
  const shown = texts.slice(0, SHOWN)
  return count > shown.length ? `${shown.join(', ')} and ${count - shown.length} more` : shown.join(', ')
}
