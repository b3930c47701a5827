import { MODELLED_SHAPES } from './constraints.generated.ts'
import type { ModelledShape } from './modelled-shape.ts'

/**
 * Most conditions that one field of `FilterCriteria` takes. The model says 10; the Terraform provider lets people write
 * 20 and they do, so 20 are served. (api-and-accounts §1.1)
 */
const FILTER_CONDITION_LIMIT = 20

/**
 * Longest text that is held against a pattern whose shape has no maximum length: none of the patterns describes
 * anything longer, and no pattern is given the time that a longer text could cost.
 */
const PATTERN_TEXT_LIMIT = 2_048

const NOTHING: ModelledShape = { type: 'unknown' }

/** Facts about the member of a structure, map or list; nothing is known about members newer than the model. */
function shapeOfMember(owner: ModelledShape, member: string): ModelledShape {
  if (!owner.members || !Object.hasOwn(owner.members, member)) return NOTHING
  return shapeNamed(owner.members[member])
}

export function shapeNamed(name: string | undefined): ModelledShape {
  return (name !== undefined && Object.hasOwn(MODELLED_SHAPES, name) ? MODELLED_SHAPES[name] : undefined) ?? NOTHING
}

const FILTER_CRITERIA = shapeNamed('FilterCriteria')

/** As `shapeOfMember`, with the one deliberate difference of this server: more conditions per field of a finding filter. */
export function servedShapeOfMember(owner: ModelledShape, member: string): ModelledShape {
  const shape = shapeOfMember(owner, member)
  return owner === FILTER_CRITERIA && shape.type === 'list' ? { ...shape, max: FILTER_CONDITION_LIMIT } : shape
}

/** What a string value breaks, in Amazon's words; empty when nothing. */
export function brokenByText(shape: ModelledShape, text: string): readonly string[] {
  const rules = constraintsOfText(shape)
  return rules.filter(rule => !rule.holds(text)).map(rule => rule.says)
}

/** Amazon lists every rule of a list's elements when one of them breaks any: `[Member must ..., Member must ...]`. */
export function rulesOfText(shape: ModelledShape): readonly string[] {
  return constraintsOfText(shape).map(rule => rule.says)
}

export function brokenByNumber(shape: ModelledShape, value: number): readonly string[] {
  const broken: string[] = []
  if (shape.max !== undefined && value > shape.max) {
    broken.push(`Member must have value less than or equal to ${shape.max}`)
  }
  if (shape.min !== undefined && value < shape.min) {
    broken.push(`Member must have value greater than or equal to ${shape.min}`)
  }
  return broken
}

/** Of lists and maps. */
export function brokenBySize(shape: ModelledShape, size: number): readonly string[] {
  return lengthRules(shape).flatMap(rule => (rule.holds(size) ? [] : [rule.says]))
}

interface TextRule {
  readonly says: string
  holds(text: string): boolean
}

const textRules = new WeakMap<ModelledShape, readonly TextRule[]>()

function constraintsOfText(shape: ModelledShape): readonly TextRule[] {
  const known = textRules.get(shape)
  if (known) return known
  const rules: TextRule[] = lengthRules(shape).map(rule => ({
    says: rule.says,
    holds: text => rule.holds(lengthOf(text)),
  }))
  if (shape.pattern !== undefined) {
    const pattern = compilePattern(shape.pattern)
    const limit = shape.max ?? PATTERN_TEXT_LIMIT
    rules.push({
      says: `Member must satisfy regular expression pattern: ${shape.pattern}`,
      holds: text => text.length <= 2 * limit && pattern.test(text),
    })
  }
  if (shape.enum) {
    const values = new Set(shape.enum)
    rules.push({
      says: `Member must satisfy enum value set: [${shape.enum.join(', ')}]`,
      holds: text => values.has(text),
    })
  }
  textRules.set(shape, rules)
  return rules
}

function lengthRules(shape: ModelledShape): readonly { readonly says: string; holds(length: number): boolean }[] {
  const { min, max } = shape
  const rules = []
  if (max !== undefined) {
    rules.push({ says: `Member must have length less than or equal to ${max}`, holds: (n: number) => n <= max })
  }
  if (min !== undefined) {
    rules.push({ says: `Member must have length greater than or equal to ${min}`, holds: (n: number) => n >= min })
  }
  return rules
}

/** The model's patterns describe the whole value, whether they say so or not. */
export function compilePattern(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u')
}

/** Code points, as the model counts. */
function lengthOf(text: string): number {
  let surrogatePairs = 0
  for (let i = 0; i + 1 < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    if (unit < 0xd800 || unit > 0xdbff) continue
    const next = text.charCodeAt(i + 1)
    if (next >= 0xdc00 && next <= 0xdfff) surrogatePairs += 1
  }
  return text.length - surrogatePairs
}
