import {
  AcceptVpcPeeringConnectionCommand,
  AllocateAddressCommand,
  AssociateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  EC2Client,
  RunInstancesCommand,
  type IpPermission,
} from '@aws-sdk/client-ec2'
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'

/** What an estate was made of, by the names that AWS gave. */
export interface MotoNetwork {
  /** Behind an internet gateway, with an elastic address: SSH from anywhere. */
  readonly webInstance: string
  /** In a subnet that nothing but a load balancer leads to. */
  readonly appInstance: string
  /** In a VPC that is peered with the others': PostgreSQL from there. */
  readonly databaseInstance: string
  readonly webGroup: string
  readonly internetGateway: string
  readonly peering: string
  readonly loadBalancer: string
}

interface MotoClients {
  readonly ec2: EC2Client
  readonly balancers: ElasticLoadBalancingV2Client
  close(): void
}

/** Clients of an AWS that is a test's own. */
export function motoClients(endpoint: string, region: string): MotoClients {
  const configuration = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
  const [ec2, balancers] = [new EC2Client(configuration), new ElasticLoadBalancingV2Client(configuration)]
  return {
    ec2,
    balancers,
    close() {
      ec2.destroy()
      balancers.destroy()
    },
  }
}

/** Two peered VPCs, three instances, an internet gateway and an internet-facing load balancer. */
export async function makeMotoNetwork({ ec2, balancers }: MotoClients, region: string): Promise<MotoNetwork> {
  const vpc = await makeVpc(ec2, '10.0.0.0/16')
  const other = await makeVpc(ec2, '10.1.0.0/16')
  const front = await makeSubnet(ec2, vpc, '10.0.1.0/24', `${region}a`)
  const second = await makeSubnet(ec2, vpc, '10.0.2.0/24', `${region}b`)
  const inner = await makeSubnet(ec2, vpc, '10.0.3.0/24', `${region}a`)
  const far = await makeSubnet(ec2, other, '10.1.1.0/24', `${region}a`)

  const gateway = (await ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? ''
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: gateway, VpcId: vpc }))
  const outward = await makeTable(ec2, vpc, [front, second])
  await ec2.send(
    new CreateRouteCommand({ RouteTableId: outward, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway }),
  )
  const peering = await makePeering(ec2, vpc, other)
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: outward,
      DestinationCidrBlock: '10.1.0.0/16',
      VpcPeeringConnectionId: peering,
    }),
  )
  const farTable = await makeTable(ec2, other, [far])
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: farTable,
      DestinationCidrBlock: '10.0.1.0/24',
      VpcPeeringConnectionId: peering,
    }),
  )
  await denySome(ec2, vpc)

  const web = await makeGroup(ec2, vpc, 'web', [tcp(22, { IpRanges: [{ CidrIp: '0.0.0.0/0' }] })])
  const entry = await makeGroup(ec2, vpc, 'entry', [tcp(80, { IpRanges: [{ CidrIp: '0.0.0.0/0' }] })])
  const app = await makeGroup(ec2, vpc, 'app', [tcp(8080, { UserIdGroupPairs: [{ GroupId: entry }] })])
  const database = await makeGroup(ec2, other, 'database', [tcp(5432, { IpRanges: [{ CidrIp: '10.0.0.0/16' }] })])

  const webInstance = await runInstance(ec2, front, web)
  const appInstance = await runInstance(ec2, inner, app)
  const databaseInstance = await runInstance(ec2, far, database)
  const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))
  await ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId: webInstance }))

  const loadBalancer = await makeBalancer(balancers, vpc, [front, second], entry, appInstance)
  return {
    webInstance,
    appInstance,
    databaseInstance,
    webGroup: web,
    internetGateway: gateway,
    peering,
    loadBalancer,
  }
}

/** Two accounts with a VPC each, which are peered. */
export interface PeeredAccounts {
  /** In the first account: PostgreSQL from the other's VPC. */
  readonly databaseInstance: string
  readonly peering: string
  /** Of the subnet of the other account, without a way over the peering. */
  readonly otherTable: string
  readonly other: EC2Client
  close(): void
}

/** The other account's VPC has clients, and no route to the first one's. */
export async function makePeeredAccounts(
  ec2: EC2Client,
  configuration: { readonly endpoint: string; readonly region: string },
  otherAccount: string,
): Promise<PeeredAccounts> {
  const sts = new STSClient({ ...configuration, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } })
  const assumed = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${otherAccount}:role/audit`, RoleSessionName: 'made' }),
  )
  sts.destroy()
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = assumed.Credentials ?? {}
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  const other = new EC2Client({ ...configuration, credentials })
  const zone = `${configuration.region}a`

  const vpc = await makeVpc(ec2, '10.2.0.0/16')
  const subnet = await makeSubnet(ec2, vpc, '10.2.1.0/24', zone)
  const table = await makeTable(ec2, vpc, [subnet])
  const otherVpc = await makeVpc(other, '10.3.0.0/16')
  const otherSubnet = await makeSubnet(other, otherVpc, '10.3.1.0/24', zone)
  const otherTable = await makeTable(other, otherVpc, [otherSubnet])
  const asked = new CreateVpcPeeringConnectionCommand({ VpcId: vpc, PeerVpcId: otherVpc, PeerOwnerId: otherAccount })
  const peering = (await ec2.send(asked)).VpcPeeringConnection?.VpcPeeringConnectionId ?? ''
  await other.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peering }))
  await routeOver(ec2, peering, table, '10.3.0.0/16')
  const group = await makeGroup(ec2, vpc, 'shared-database', [tcp(5432, { IpRanges: [{ CidrIp: '10.3.0.0/16' }] })])
  const databaseInstance = await runInstance(ec2, subnet, group)
  return { databaseInstance, peering, otherTable, other, close: () => other.destroy() }
}

/** A way over a peering. */
export async function routeOver(ec2: EC2Client, peering: string, table: string, destination: string): Promise<void> {
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: table,
      DestinationCidrBlock: destination,
      VpcPeeringConnectionId: peering,
    }),
  )
}

/** Lets anybody reach one more port of a group. */
export async function openPort(ec2: EC2Client, groupId: string, port: number): Promise<void> {
  const permission = tcp(port, { IpRanges: [{ CidrIp: '0.0.0.0/0' }] })
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: [permission] }))
}

function tcp(port: number, who: Partial<IpPermission>): IpPermission {
  return { IpProtocol: 'tcp', FromPort: port, ToPort: port, ...who }
}

async function makeVpc(ec2: EC2Client, cidr: string): Promise<string> {
  return (await ec2.send(new CreateVpcCommand({ CidrBlock: cidr }))).Vpc?.VpcId ?? ''
}

async function makeSubnet(ec2: EC2Client, vpc: string, cidr: string, zone: string): Promise<string> {
  const made = await ec2.send(new CreateSubnetCommand({ VpcId: vpc, CidrBlock: cidr, AvailabilityZone: zone }))
  return made.Subnet?.SubnetId ?? ''
}

async function makeTable(ec2: EC2Client, vpc: string, subnets: readonly string[]): Promise<string> {
  const table = (await ec2.send(new CreateRouteTableCommand({ VpcId: vpc }))).RouteTable?.RouteTableId ?? ''
  for (const subnet of subnets) {
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId: table, SubnetId: subnet }))
  }
  // moto lists a table only after it has been made; asking for it makes sure of that.
  await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [table] }))
  return table
}

async function makePeering(ec2: EC2Client, vpc: string, peer: string): Promise<string> {
  const made = await ec2.send(new CreateVpcPeeringConnectionCommand({ VpcId: vpc, PeerVpcId: peer }))
  const id = made.VpcPeeringConnection?.VpcPeeringConnectionId ?? ''
  await ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: id }))
  return id
}

/** One network may not come in, whatever the groups say. */
async function denySome(ec2: EC2Client, vpc: string): Promise<void> {
  const found = await ec2.send(new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] }))
  await ec2.send(
    new CreateNetworkAclEntryCommand({
      NetworkAclId: found.NetworkAcls?.[0]?.NetworkAclId,
      RuleNumber: 50,
      Protocol: '-1',
      RuleAction: 'deny',
      Egress: false,
      CidrBlock: '203.0.113.0/24',
    }),
  )
}

async function makeGroup(
  ec2: EC2Client,
  vpc: string,
  name: string,
  permissions: readonly IpPermission[],
): Promise<string> {
  const made = await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpc }))
  const groupId = made.GroupId ?? ''
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: [...permissions] }))
  return groupId
}

async function runInstance(ec2: EC2Client, subnet: string, group: string): Promise<string> {
  const run = new RunInstancesCommand({
    ImageId: 'ami-12c6146b',
    InstanceType: 't3.small',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnet,
    SecurityGroupIds: [group],
  })
  return (await ec2.send(run)).Instances?.[0]?.InstanceId ?? ''
}

async function makeBalancer(
  balancers: ElasticLoadBalancingV2Client,
  vpc: string,
  subnets: readonly string[],
  group: string,
  instance: string,
): Promise<string> {
  const balancer = await balancers.send(
    new CreateLoadBalancerCommand({
      Name: 'shop',
      Type: 'application',
      Scheme: 'internet-facing',
      Subnets: [...subnets],
      SecurityGroups: [group],
    }),
  )
  const arn = balancer.LoadBalancers?.[0]?.LoadBalancerArn ?? ''
  const made = await balancers.send(
    new CreateTargetGroupCommand({ Name: 'shop', Protocol: 'HTTP', Port: 8080, VpcId: vpc, TargetType: 'instance' }),
  )
  const targetGroup = made.TargetGroups?.[0]?.TargetGroupArn ?? ''
  await balancers.send(new RegisterTargetsCommand({ TargetGroupArn: targetGroup, Targets: [{ Id: instance }] }))
  await balancers.send(
    new CreateListenerCommand({
      LoadBalancerArn: arn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
    }),
  )
  return arn
}
