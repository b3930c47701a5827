import type { Cidr } from '../../base/ip-range.ts'
import type { ListenerRule } from '../../domain/network/load-balancers.ts'
import type { Answers } from './answers.ts'
import type { WireRecord } from './wire-record.ts'

/** The rules of each listener by its ARN, the default one last. */
export function rulesByListener(answers: Answers): ReadonlyMap<string, readonly ListenerRule[]> {
  const known = new Map<string, Map<string, { readonly priority: number; readonly rule: ListenerRule }>>()
  for (const record of answers.items('DescribeRules', 'Rules')) {
    const arn = record.id('RuleArn')
    const listener = arn === null ? null : (listenerArnOf(arn) ?? record.parent?.parameter('ListenerArn') ?? null)
    if (arn === null || listener === null) continue
    const isDefault = record.flag('IsDefault') === true
    const conditions = record.records('Conditions')
    const sources = conditions.filter(condition => condition.word('Field') === 'source-ip').map(sourcesOf)
    const priority = isDefault ? Number.MAX_SAFE_INTEGER : (record.number('Priority') ?? 0)
    const rules = known.get(listener) ?? new Map<string, { priority: number; rule: ListenerRule }>()
    rules.set(arn, {
      priority,
      rule: {
        id: isDefault ? listener : arn,
        isDefault,
        sources,
        hasOtherConditions: conditions.some(condition => condition.word('Field') !== 'source-ip'),
        ...actionsOf(record, 'Actions'),
      },
    })
    known.set(listener, rules)
  }
  return new Map(
    [...known].map(([listener, rules]) => [
      listener,
      [...rules.values()]
        .sort((a, b) => a.priority - b.priority || (a.rule.id < b.rule.id ? -1 : 1))
        .map(({ rule }) => rule),
    ]),
  )
}

/** `…:listener-rule/app/NAME/LB/LISTENER/RULE` is a rule of `…:listener/app/NAME/LB/LISTENER`. */
export function listenerArnOf(ruleArn: string | null): string | null {
  if (ruleArn === null || !ruleArn.includes(':listener-rule/')) return null
  return ruleArn.replace(':listener-rule/', ':listener/').split('/').slice(0, -1).join('/')
}

/** The only rule of a listener that can have no others. */
export function defaultRuleOf(listener: WireRecord, id: string): ListenerRule {
  return { id, isDefault: true, sources: [], hasOtherConditions: false, ...actionsOf(listener, 'DefaultActions') }
}

function sourcesOf(condition: WireRecord): readonly Cidr[] {
  const config = condition.record('SourceIpConfig')
  return [...(config?.cidrs('Values') ?? []), ...(config === null ? condition.cidrs('Values') : [])]
}

function actionsOf(record: WireRecord, name: string): Pick<ListenerRule, 'targetGroupArns' | 'isAuthenticated'> {
  const arns = new Set<string>()
  let isAuthenticated = false
  for (const action of record.records(name)) {
    const kind = action.word('Type') ?? ''
    if (kind.startsWith('authenticate') || kind === 'jwt-validation') isAuthenticated = true
    if (kind !== 'forward') continue
    const weighted = action.record('ForwardConfig')?.records('TargetGroups') ?? []
    for (const group of weighted) {
      const arn = group.neededId('TargetGroupArn')
      // A weight that is not told is 1.
      if (arn !== null && (group.number('Weight') ?? 1) > 0) arns.add(arn)
    }
    const single = action.optionalId('TargetGroupArn')
    if (weighted.length === 0 && single !== null) arns.add(single)
  }
  return { targetGroupArns: [...arns].sort(), isAuthenticated }
}
