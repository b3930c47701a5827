import type { Hop, OpenPath } from '../../domain/network/open-path.ts'
import { sourcesInWords } from './network-answer.ts'
import { plainText } from './plain-text.ts'

export type GraphFormat = 'dot' | 'mermaid'

interface Node {
  readonly id: string
  readonly label: string
  readonly isStopped: boolean
}

interface Link {
  readonly from: string
  readonly to: string
  readonly label: string
}

/** What a picture shows: components in order of their first appearance, and how packets go from one to the next. */
export interface PathGraph {
  readonly nodes: readonly Node[]
  readonly links: readonly Link[]
}

/** The components of paths, from their sources to their instances. */
export function graphOfPaths(paths: Iterable<OpenPath>): PathGraph {
  const graph = new GraphBuilder()
  for (const path of paths) {
    const { ports, protocol, sources, steps } = path
    const range = ports.begin === ports.end ? String(ports.begin) : `${ports.begin}-${ports.end}`
    graph.walk(
      [
        { id: `from ${sources.join(' ')}`, label: sourcesInWords(sources), isStopped: false },
        ...steps.map(({ componentId, componentType }) => ({
          id: componentId,
          label: labelOf(componentId, componentType),
          isStopped: false,
        })),
      ],
      `${protocol} ${range}`,
    )
  }
  return graph
}

/** The hops of one way, there and back, with what stops it. */
export function graphOfHops(from: string, hops: readonly Hop[]): PathGraph {
  const graph = new GraphBuilder()
  const nodeOf = ({ componentId, componentType, verdict }: Hop): Node => ({
    id: componentId,
    label: labelOf(componentId, componentType),
    isStopped: verdict !== 'passes',
  })
  const start: Node = { id: `from ${from}`, label: from, isStopped: false }
  const [there, back] = [hops.filter(isForward), hops.filter(hop => !isForward(hop))]
  graph.walk([start, ...there.map(nodeOf)], 'there', there)
  const last = there.at(-1)
  graph.walk([...(last === undefined ? [] : [nodeOf(last)]), ...back.map(nodeOf), start], 'back', back)
  return graph
}

export function graphLines(graph: PathGraph, format: GraphFormat): readonly string[] {
  return format === 'dot' ? dotLines(graph) : mermaidLines(graph)
}

function isForward({ direction }: Hop): boolean {
  return direction === 'forward'
}

/** `AWS::EC2::NetworkAcl` of `acl-1`. */
function labelOf(componentId: string, componentType: string): string {
  return `${componentType.split('::').at(-1) ?? componentType}\n${componentId}`
}

class GraphBuilder implements PathGraph {
  readonly #nodes = new Map<string, Node>()
  readonly #links = new Map<string, Link>()

  get nodes(): readonly Node[] {
    return [...this.#nodes.values()]
  }

  get links(): readonly Link[] {
    return [...this.#links.values()]
  }

  walk(nodes: readonly Node[], label: string, hops: readonly Hop[] = []): void {
    nodes.forEach((node, index) => {
      const known = this.#nodes.get(node.id)
      this.#nodes.set(node.id, { ...node, isStopped: node.isStopped || known?.isStopped === true })
      const before = nodes[index - 1]
      if (before === undefined || before.id === node.id) return
      const rule = hops[index - 1]?.rule ?? null
      const link = { from: before.id, to: node.id, label: rule === null ? label : `${label}: ${rule}` }
      this.#links.set(JSON.stringify(link), link)
    })
  }
}

/** DOT. Texts come from AWS: everything but plain characters is escaped. (graphviz.org/doc/info/lang.html) */
function dotLines({ nodes, links }: PathGraph): readonly string[] {
  const names = namesOf(nodes)
  const text = (label: string): string =>
    `"${label.split('\n').map(plainText).join('\n').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
  return [
    'digraph reachability {',
    '  rankdir=LR',
    '  node [shape=box]',
    ...nodes.map(
      ({ id, label, isStopped }) =>
        `  ${names.get(id)} [label=${text(label)}${isStopped ? ', color=red, fontcolor=red' : ''}]`,
    ),
    ...links.map(({ from, to, label }) => `  ${names.get(from)} -> ${names.get(to)} [label=${text(label)}]`),
    '}',
  ]
}

/** Mermaid takes HTML entities in quoted labels: what it could read as markup is written as such. (mermaid.js.org, flowchart) */
function mermaidLines({ nodes, links }: PathGraph): readonly string[] {
  const names = namesOf(nodes)
  const text = (label: string): string =>
    `"${label
      .split('\n')
      .map(line => plainText(line).replaceAll(/[^\w .,:;/()+=*-]/g, character => `#${character.codePointAt(0) ?? 0};`))
      .join('<br/>')}"`
  return [
    'flowchart LR',
    ...nodes.map(({ id, label, isStopped }) => `  ${names.get(id)}[${text(label)}]${isStopped ? ':::stopped' : ''}`),
    ...links.map(({ from, to, label }) => `  ${names.get(from)} -->|${text(label)}| ${names.get(to)}`),
    '  classDef stopped stroke:#d13212,color:#d13212',
  ]
}

function namesOf(nodes: readonly Node[]): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }, index) => [id, `n${index}`]))
}
