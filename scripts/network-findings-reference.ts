import { COLUMN_OF_EDGE, RATED_SERVICES } from '../src/findings/network/severity-table.ts'

/** docs/reference/network-findings.md */
export function networkFindingsPage(): string {
  const edges = (column: 'internet' | 'openPath'): string =>
    Object.entries(COLUMN_OF_EDGE)
      .filter(([, own]) => own === column)
      .map(([edge]) => `\`${edge}\``)
      .join(', ')
  return [
    '# Network findings',
    '',
    'Made from the code (`npm run docs`). A finding of type `NETWORK_REACHABILITY` says that TCP or UDP ports of an EC2 instance answer connections',
    'from beyond an edge of its VPC. It follows from configuration alone: no packet is sent, and nothing has to listen.',
    '',
    '## Severity',
    '',
    'The table of Amazon Inspector. Ports that are not in it are INFORMATIONAL; a range is as severe as the most severe service in it; nothing is CRITICAL.',
    '',
    `- Internet: ${edges('internet')}, also by way of a load balancer.`,
    `- Open path: ${edges('openPath')}.`,
    '',
    '| Service | TCP | UDP | Internet | Open path |',
    '| --- | --- | --- | --- | --- |',
    ...RATED_SERVICES.map(
      ({ service, tcp, udp, internet, openPath }) =>
        `| ${service} | ${tcp.join(', ') || '-'} | ${udp.join(', ') || '-'} | ${internet} | ${openPath} |`,
    ),
    '',
    '## One finding, and how long it is the same',
    '',
    'One for each instance, edge, interface, address family, protocol, range of ports and way (the load balancers, accelerators and appliances in between).',
    'Its ARN stays while security groups, ACLs, sources or addresses change: the finding is updated. It closes when no path of this identity is left, is opened',
    'again under its ARN within seven days, and closes for good when its instance is terminated. A stopped instance keeps its findings.',
    '',
    'What was not described to us, or could not be decided, closes nothing: coverage of scan type `NETWORK` says what is missing. `openinspector explain` of the',
    "finding's ARN shows each hop with the rule that lets it pass, the sources, and which processes listen there, where an agent has said so.",
    '',
  ].join('\n')
}
