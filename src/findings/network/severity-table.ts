import type { EdgeKind } from '../../domain/network/open-path.ts'
import type { PortRange } from '../../domain/network/packet-filters.ts'
import { SEVERITY_RANK, type Severity } from '../../domain/severity.ts'

/** A service by its well-known ports, and how severe it is that others can reach it. */
export interface RatedService {
  readonly service: string
  readonly tcp: readonly number[]
  readonly udp: readonly number[]
  /** From the internet, also through a load balancer. */
  readonly internet: Severity
  /** From networks that are joined to the VPC: peering, VPN, Direct Connect, transit gateway. */
  readonly openPath: Severity
}

/**
 * Amazon Inspector's table, cell by cell. Ports that it does not name are INFORMATIONAL on any edge.
 * (inspector-behaviour §3.3, documented; network-reachability §1.4)
 */
export const RATED_SERVICES: readonly RatedService[] = [
  rated('DHCP', [67, 68, 546, 547], [67, 68, 546, 547], 'MEDIUM', 'INFORMATIONAL'),
  rated('Elasticsearch', [9200, 9300], [], 'MEDIUM', 'INFORMATIONAL'),
  rated('FTP', [21], [21], 'HIGH', 'MEDIUM'),
  rated('Global catalog LDAP', [3268], [], 'MEDIUM', 'INFORMATIONAL'),
  rated('Global catalog LDAP over TLS', [3269], [], 'MEDIUM', 'INFORMATIONAL'),
  rated('HTTP', [80], [80], 'LOW', 'INFORMATIONAL'),
  rated('HTTPS', [443], [443], 'LOW', 'INFORMATIONAL'),
  rated('Kerberos', [88, 464, 543, 544, 749, 751], [88, 464, 749, 750, 751, 752], 'MEDIUM', 'INFORMATIONAL'),
  rated('LDAP', [389], [389], 'MEDIUM', 'INFORMATIONAL'),
  rated('LDAP over TLS', [636], [], 'MEDIUM', 'INFORMATIONAL'),
  rated('MongoDB', [27017, 27018, 27019, 28017], [], 'MEDIUM', 'INFORMATIONAL'),
  rated('MySQL', [3306], [], 'MEDIUM', 'INFORMATIONAL'),
  rated('NetBIOS', [137, 139], [137, 138], 'MEDIUM', 'INFORMATIONAL'),
  rated('NFS', [111, 1110, 2049, 4045], [111, 1110, 2049, 4045], 'MEDIUM', 'INFORMATIONAL'),
  rated('Oracle', [1521, 1630], [], 'MEDIUM', 'INFORMATIONAL'),
  rated('PostgreSQL', [5432], [], 'MEDIUM', 'INFORMATIONAL'),
  rated('Print services', [515], [], 'HIGH', 'MEDIUM'),
  rated('RDP', [3389], [3389], 'MEDIUM', 'LOW'),
  rated('RPC', [111, 135, 530], [111, 135, 530], 'MEDIUM', 'INFORMATIONAL'),
  rated('SMB', [445], [445], 'MEDIUM', 'INFORMATIONAL'),
  rated('SQL Server', [1433], [1434], 'MEDIUM', 'INFORMATIONAL'),
  rated('SSH', [22], [22], 'MEDIUM', 'LOW'),
  rated('Syslog', [601], [514], 'MEDIUM', 'INFORMATIONAL'),
  rated('Telnet', [23], [23], 'HIGH', 'MEDIUM'),
  rated('WINS', [42, 1512], [42, 1512], 'MEDIUM', 'INFORMATIONAL'),
]

/**
 * Which column of the table an edge is judged by. That global accelerators count as the internet, and transit gateways as
 * an open path, is ours.
 */
export const COLUMN_OF_EDGE: Readonly<Record<EdgeKind, 'internet' | 'openPath'>> = {
  'internet-gateway': 'internet',
  'global-accelerator': 'internet',
  peering: 'openPath',
  'vpn-gateway': 'openPath',
  'transit-gateway': 'openPath',
}

/** How severe it is that a range is open, and the services of that rating among its ports: none where none is named. */
export interface RatedRange {
  readonly severity: Severity
  readonly services: readonly string[]
}

/** A range is as severe as the most severe service in it. (inferred) */
export function rateRange(edge: EdgeKind, protocol: 'TCP' | 'UDP', ports: PortRange): RatedRange {
  const column = COLUMN_OF_EDGE[edge]
  const open = RATED_SERVICES.filter(({ tcp, udp }) =>
    (protocol === 'TCP' ? tcp : udp).some(port => ports.begin <= port && port <= ports.end),
  )
  const worst = Math.max(...open.map(service => SEVERITY_RANK[service[column]]), SEVERITY_RANK.INFORMATIONAL)
  const deciding = open.filter(service => SEVERITY_RANK[service[column]] === worst)
  return { severity: deciding[0]?.[column] ?? 'INFORMATIONAL', services: deciding.map(({ service }) => service) }
}

function rated(
  service: string,
  tcp: readonly number[],
  udp: readonly number[],
  internet: Severity,
  openPath: Severity,
): RatedService {
  return { service, tcp, udp, internet, openPath }
}
