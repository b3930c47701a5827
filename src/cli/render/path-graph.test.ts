import { describe, expect, it } from 'vitest'
import { anOpenPath } from '../../../test/support/builders.ts'
import type { Hop } from '../../domain/network/open-path.ts'
import { graphLines, graphOfHops, graphOfPaths } from './path-graph.ts'

describe('the picture of paths', () => {
  it('goes from their sources to their instance, shared parts once', () => {
    const other = anOpenPath({ ports: { begin: 443, end: 444 } })

    expect(graphLines(graphOfPaths([anOpenPath(), other]), 'dot')).toEqual([
      'digraph reachability {',
      '  rankdir=LR',
      '  node [shape=box]',
      '  n0 [label="0.0.0.0/0"]',
      '  n1 [label="InternetGateway\\nigw-a"]',
      '  n2 [label="NetworkAcl\\nacl-a"]',
      '  n3 [label="SecurityGroup\\nsg-a"]',
      '  n4 [label="NetworkInterface\\neni-a"]',
      '  n5 [label="Instance\\ni-0000000000000000a"]',
      ...['TCP 22', 'TCP 443-444'].flatMap(label =>
        [0, 1, 2, 3, 4].map(from => `  n${from} -> n${from + 1} [label="${label}"]`),
      ),
      '}',
    ])
  })

  it('shows what stops a packet, there and back', () => {
    const lines = graphLines(graphOfHops('internet', [hop('igw-1', 'forward'), hop('acl-1', 'return')]), 'mermaid')

    expect(lines).toEqual([
      'flowchart LR',
      '  n0["internet"]',
      '  n1["InternetGateway<br/>igw-1"]',
      '  n2["NetworkAcl<br/>acl-1"]:::stopped',
      '  n0 -->|"there"| n1',
      '  n1 -->|"back: acl-1 rule 1"| n2',
      '  n2 -->|"back"| n0',
      '  classDef stopped stroke:#d13212,color:#d13212',
    ])
  })

  it.each([
    ['dot', /\u001b|[^\\]"\]; a/],
    ['mermaid', /\u001b|"\]; a|<script>|%%/],
  ] as const)('is %s whatever names hold', (format, harm) => {
    const evil = 'x"]; a -> b\u001b[31m <script> \\" | %%{init}%%'
    const path = anOpenPath({ sources: [evil], steps: [{ componentId: evil, componentType: `AWS::EC2::${evil}` }] })
    const lines = graphLines(graphOfPaths([path]), format)

    expect(lines.join('\n')).not.toMatch(harm)
  })

  it('of many sources names a few', () => {
    const sources = ['10.0.0.0/8', '11.0.0.0/8', '12.0.0.0/8', '13.0.0.0/8', '14.0.0.0/8']

    expect(graphLines(graphOfPaths([anOpenPath({ sources })]), 'dot')[3]).toBe(
      '  n0 [label="10.0.0.0/8, 11.0.0.0/8, 12.0.0.0/8 and 2 more"]',
    )
  })
})

function hop(componentId: string, direction: Hop['direction']): Hop {
  const isAcl = componentId.startsWith('acl')
  return {
    componentId,
    componentType: isAcl ? 'AWS::EC2::NetworkAcl' : 'AWS::EC2::InternetGateway',
    direction,
    verdict: isAcl ? 'network-acl-outbound' : 'passes',
    rule: isAcl ? 'acl-1 rule 1' : null,
    detail: '',
  }
}
