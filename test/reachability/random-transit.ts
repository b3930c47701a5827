import type { Draw } from './draw.ts'
import { IPV4_POOL, type DrawnVpc } from './drawn-vpc.ts'
import type { NetworkParts } from './recorded-parts.ts'

interface Attachment {
  readonly id: string
  readonly gatewayId: string
  readonly vpc: DrawnVpc | null
  readonly kind: string
}

/** Up to two transit gateways, sometimes peered, with VPCs and lines to premises attached; tables that associations and propagations do not always meet. */
export function drawTransit(
  draw: Draw,
  vpcs: readonly DrawnVpc[],
): { readonly parts: NetworkParts; readonly gatewayIds: readonly string[] } {
  const count = draw.chance(3) ? 1 + draw.below(2) : 0
  const gatewayIds = Array.from({ length: count }, (_, at) => `tgw-${at + 1}`)
  const isPeered = count === 2 && draw.chance(2)
  const attachments = gatewayIds.flatMap((gatewayId, at): readonly Attachment[] => [
    ...vpcs
      .filter(() => !draw.chance(8))
      .map(vpc => ({ id: `tgw-attach-${at + 1}${vpc.letter}`, gatewayId, vpc, kind: 'vpc' })),
    ...(draw.chance(2)
      ? [
          {
            id: `tgw-attach-${at + 1}v`,
            gatewayId,
            vpc: null,
            kind: draw.pick(['vpn', 'connect', 'direct-connect-gateway']),
          },
        ]
      : []),
    ...(isPeered ? [{ id: 'tgw-attach-p', gatewayId, vpc: null, kind: 'peering' }] : []),
  ])
  const tables = gatewayIds.flatMap(gatewayId =>
    Array.from({ length: 1 + draw.below(2) }, (_, at) =>
      drawTable(draw, `tgw-rtb-${gatewayId}${at}`, gatewayId, attachments),
    ),
  )
  return {
    gatewayIds,
    parts: {
      transitGateways: gatewayIds.map(TransitGatewayId => ({
        TransitGatewayId,
        State: 'available',
        Options: { SecurityGroupReferencingSupport: draw.chance(2) ? 'enable' : 'disable' },
      })),
      tgwAttachments: attachments.map(({ id, gatewayId, vpc, kind }) => {
        const own = tables.filter(table => table.transitGatewayId === gatewayId)
        return {
          TransitGatewayAttachmentId: id,
          TransitGatewayId: gatewayId,
          ResourceType: kind,
          ResourceId:
            vpc?.vpc.VpcId ?? (kind === 'peering' ? gatewayIds.find(other => other !== gatewayId) : `far-${id}`),
          State: draw.chance(16) ? 'deleted' : 'available',
          ...(draw.chance(16)
            ? {}
            : { Association: { TransitGatewayRouteTableId: draw.pick(own).id, State: 'associated' } }),
        }
      }),
      tgwVpcAttachments: attachments.flatMap(({ id, gatewayId, vpc }) =>
        vpc === null
          ? []
          : [
              {
                TransitGatewayAttachmentId: id,
                TransitGatewayId: gatewayId,
                VpcId: vpc.vpc.VpcId,
                State: 'available',
                SubnetIds: zonesOnce(vpc.subnets.filter((_, at) => at === 0 || !draw.chance(5))),
                Options: {
                  SecurityGroupReferencingSupport: draw.chance(3) ? 'disable' : 'enable',
                  ApplianceModeSupport: draw.chance(6) ? 'enable' : 'disable',
                },
              },
            ],
      ),
      tgwTables: tables,
    },
  }
}

/** An attachment has at most one subnet in a zone. */
function zonesOnce(subnets: DrawnVpc['subnets']): readonly string[] {
  const byZone = new Map(subnets.map(({ AvailabilityZone, SubnetId }) => [AvailabilityZone, SubnetId]))
  return [...byZone.values()]
}

function drawTable(draw: Draw, id: string, transitGatewayId: string, attachments: readonly Attachment[]) {
  const own = attachments.filter(({ gatewayId }) => gatewayId === transitGatewayId)
  const routes = new Map<string, Readonly<Record<string, unknown>>>()
  const propagations: string[] = []
  const routeTo = (cidr: string, to: Attachment | null, Type: 'static' | 'propagated') => ({
    DestinationCidrBlock: cidr,
    Type,
    State: to === null ? 'blackhole' : 'active',
    TransitGatewayAttachments:
      to === null
        ? []
        : [{ TransitGatewayAttachmentId: to.id, ResourceType: to.kind, ResourceId: to.vpc?.vpc.VpcId ?? to.id }],
  })
  const add = (cidr: string, to: Attachment | null, type: 'static' | 'propagated') => {
    if (!routes.has(cidr)) routes.set(cidr, routeTo(cidr, to, type))
  }
  for (let count = draw.below(3); count > 0 && own.length > 0; count -= 1) {
    add(draw.pick([...IPV4_POOL.slice(7), '0.0.0.0/0']), draw.chance(5) ? null : draw.pick(own), 'static')
  }
  for (const attachment of own) {
    if (attachment.kind === 'peering') {
      add('10.0.0.0/16', attachment, 'static')
      continue
    }
    if (draw.chance(8)) continue
    const cidrs =
      attachment.vpc === null
        ? [draw.pick(['172.20.0.0/16', '192.168.0.0/16'] as const)]
        : [attachment.vpc.vpc.CidrBlock, ...(attachment.vpc.hasIpv6 ? [`2001:db8:${attachment.vpc.letter}::/56`] : [])]
    // Where two would bring the same destination, which one wins is for AWS to say: it would list that one alone.
    if (cidrs.some(cidr => routes.get(cidr)?.['Type'] === 'propagated')) continue
    propagations.push(attachment.id)
    for (const cidr of cidrs) add(cidr, attachment, 'propagated')
  }
  return { id, transitGatewayId, routes: [...routes.values()], propagations }
}
