import type { Answers, Scope } from './answers.ts'
import { NETWORK_CALLS, type NetworkCall } from './network-calls.ts'
import { listenerArnOf } from './read-listener-rules.ts'
import { balancerArnOf } from './read-load-balancers.ts'

type About = NonNullable<NetworkCall['about']>

const CALLS = new Map(NETWORK_CALLS.map(call => [call.call, call]))

/** Whom answers are about that say so themselves, so that files of them need not. */
const TOLD: Readonly<Record<string, (answers: Answers) => readonly (string | null)[]>> = {
  DescribeListeners: answers =>
    answers
      .items('DescribeListeners', 'Listeners')
      .map(record => record.optionalId('LoadBalancerArn') ?? balancerArnOf(record.optionalId('ListenerArn'))),
  DescribeRules: answers =>
    answers.items('DescribeRules', 'Rules').map(record => listenerArnOf(record.optionalId('RuleArn'))),
  DescribeDirectConnectGatewayAssociations: answers =>
    answers
      .items('DescribeDirectConnectGatewayAssociations', 'DirectConnectGatewayAssociations')
      .map(record => record.optionalId('DirectConnectGatewayId')),
  DescribeFirewall: answers =>
    answers.of('DescribeFirewall').map(answer => answer.record('Firewall')?.optionalId('FirewallArn') ?? null),
  DescribeFirewallPolicy: answers =>
    answers
      .of('DescribeFirewallPolicy')
      .map(answer => answer.record('FirewallPolicyResponse')?.optionalId('FirewallPolicyArn') ?? null),
  DescribeRuleGroup: answers =>
    answers
      .of('DescribeRuleGroup')
      .map(answer => answer.record('RuleGroupResponse')?.optionalId('RuleGroupArn') ?? null),
  ListListeners: answers =>
    answers
      .items('ListListeners', 'Listeners')
      .map(record => record.optionalId('ListenerArn')?.split('/listener/', 1)[0] ?? null),
  ListEndpointGroups: answers =>
    answers
      .items('ListEndpointGroups', 'EndpointGroups')
      .map(record => record.optionalId('EndpointGroupArn')?.split('/endpoint-group/', 1)[0] ?? null),
}

/** Names as missing what nobody asked AWS for: in each account and Region that something was recorded of. */
export function reportGaps(answers: Answers): void {
  const scopes = answers.scopes()
  for (const scope of scopes) {
    for (const { call, about, weight, service } of NETWORK_CALLS) {
      if (weight === 'detail' || answers.wasAsked(call, scope, null)) continue
      if (about !== null) reportAbout(answers, call, about, scope)
      else if (service !== 'global-accelerator') report(answers, call, scope)
    }
  }
  reportAccelerators(answers, scopes)
}

function reportAbout(answers: Answers, call: string, about: About, scope: Scope): void {
  const isListed = hasAny(answers, about.call, scope) || answers.wasAsked(about.call, scope, null)
  if (isListed) reportEach(answers, call, about, scope)
  // Without a list that is needed itself, the list is what is missing.
  else if (CALLS.get(about.call)?.weight === 'detail' && !hasAny(answers, call, scope)) report(answers, call, scope)
}

function reportEach(answers: Answers, call: string, about: About, scope: Scope): void {
  const told = new Set(TOLD[call]?.(answers))
  for (const item of answers.items(about.call, about.member)) {
    if (!isOf(item.source, scope)) continue
    const id = item.optionalId(about.field)
    if (id === null || !id.includes(about.holding ?? '')) continue
    if (!answers.wasAsked(call, scope, id) && !told.has(id)) {
      answers.notRecorded(call, scope, id, `${call} of ${id} was not recorded`)
    }
  }
}

/** Accelerators belong to no Region: one answer is enough for all Regions of an account. */
function reportAccelerators(answers: Answers, scopes: readonly Scope[]): void {
  for (const accountId of new Set(scopes.map(scope => scope.accountId))) {
    const own = scopes.filter(scope => scope.accountId === accountId)
    const isAsked = own.some(scope => answers.wasAsked('ListAccelerators', scope, null))
    if (!isAsked) report(answers, 'ListAccelerators', { accountId, region: null })
  }
}

function report(answers: Answers, call: string, scope: Scope): void {
  answers.notRecorded(call, scope, null, `${call} was not recorded`)
}

function hasAny(answers: Answers, call: string, scope: Scope): boolean {
  return answers.of(call).some(({ source }) => isOf(source, scope))
}

function isOf(source: Scope, scope: Scope): boolean {
  return source.accountId === scope.accountId && source.region === scope.region
}
