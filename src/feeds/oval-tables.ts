import { XmlError } from '../base/xml.ts'

/** A test with what it looks at and what it expects. */
export interface OvalTest {
  /** Element name, e.g. `rpminfo_test`. */
  readonly kind: string
  /** `at least one`, `all`, `none satisfy` … */
  readonly check: string
  /** `any_exist`, `none_exist` …; the standard's `at_least_one_exists` where it is unsaid. */
  readonly existence: string
  readonly object: readonly OvalField[]
  /** One for each state of the test: all must hold. */
  readonly states: readonly (readonly OvalField[])[]
}

export interface OvalField {
  readonly name: string
  readonly operation: string
  readonly value: string
}

/** An id of a test, object or state: by its number where all of the document's begin alike. */
export type OvalKey = number | string

/** Bounds; the largest published file holds some million of each. (Oracle Linux 8, estimated from its size) */
const LIMITS = { parts: 8_000_000, textCharacters: 2_048, fields: 16, statesOfTest: 8 } as const

interface StoredTest {
  readonly kind: string
  readonly check: string
  readonly existence: string
  object: OvalKey
  states: readonly OvalKey[]
}

/**
 * Tests, objects and states of a document as small tables: files name tests before they say what these are, and hold a
 * million of them.
 */
export class OvalTables {
  private readonly tests = new Map<OvalKey, StoredTest>()
  private readonly objects = new Map<OvalKey, readonly OvalField[]>()
  private readonly states = new Map<OvalKey, readonly OvalField[]>()
  private readonly sharedFields = new Map<string, readonly OvalField[]>()
  /** What the ids of each kind begin with. */
  private readonly prefixes = new Map<string, string>()
  private readonly texts: SharedTexts
  private partCount = 0
  private test: StoredTest | null = null
  private fields: OvalField[] | null = null
  private fieldsOf: { readonly section: 'objects' | 'states'; readonly id: OvalKey } | null = null
  private field: { readonly name: string; readonly operation: string; value: string } | null = null

  constructor(texts: SharedTexts) {
    this.texts = texts
  }

  /** `null` for a test that the document does not have, or has without its object or a state. */
  testOf(id: OvalKey): OvalTest | null {
    const stored = this.tests.get(id)
    const object = stored === undefined ? undefined : this.objects.get(stored.object)
    if (stored === undefined || object === undefined) return null
    const states: (readonly OvalField[])[] = []
    for (const ref of stored.states) {
      const state = this.states.get(ref)
      if (state === undefined) return null
      states.push(state)
    }
    return { kind: stored.kind, check: stored.check, existence: stored.existence, object, states }
  }

  /** Takes an element of one of the three sections, at its depth in the document. */
  open(section: string, depth: number, name: string, attributes: ReadonlyMap<string, string>): void {
    if (section === 'tests') this.openTest(depth, name, attributes)
    else if (section === 'objects' || section === 'states') this.openFields(section, depth, name, attributes)
  }

  /** Takes text of the innermost element. */
  text(text: string): void {
    if (this.field !== null && this.field.value.length < LIMITS.textCharacters) this.field.value += text
  }

  close(depth: number): void {
    if (depth === 4 && this.field !== null) {
      this.closeField(this.field)
      this.field = null
    } else if (depth === 3) {
      if (this.fields !== null && this.fieldsOf !== null) {
        const table = this.fieldsOf.section === 'objects' ? this.objects : this.states
        table.set(this.fieldsOf.id, this.keptFields(this.fields))
      }
      this.test = null
      this.fields = null
      this.fieldsOf = null
    }
  }

  /** `oval:com.oracle.elsa:tst:20224803003` is its number, which takes a tenth of the room. */
  key(kind: 'test' | 'object' | 'state', id = ''): OvalKey {
    const colon = id.lastIndexOf(':') + 1
    const digits = id.slice(colon)
    if (!/^[1-9][0-9]{0,14}$/.test(digits)) return own(id)
    const prefix = id.slice(0, colon)
    const known = this.prefixes.get(kind)
    if (known === undefined) this.prefixes.set(kind, own(prefix))
    return known === undefined || known === prefix ? Number(digits) : own(id)
  }

  private openTest(depth: number, name: string, attributes: ReadonlyMap<string, string>): void {
    if (depth === 3) {
      this.countPart()
      const kind = this.texts.kept(name)
      const check = this.texts.kept(attributes.get('check') ?? '')
      const existence = this.texts.kept(attributes.get('check_existence') ?? 'at_least_one_exists')
      this.test = { kind, check, existence, object: '', states: [] }
      this.tests.set(this.key('test', attributes.get('id')), this.test)
    } else if (depth === 4 && this.test !== null) {
      if (name === 'object') this.test.object = this.key('object', attributes.get('object_ref'))
      else if (name === 'state' && this.test.states.length <= LIMITS.statesOfTest) {
        // One too many is a state that is not there: a condition less would say more than the vendor.
        const isTooMany = this.test.states.length === LIMITS.statesOfTest
        this.test.states = [...this.test.states, isTooMany ? '' : this.key('state', attributes.get('state_ref'))]
      }
    }
  }

  private openFields(
    section: 'objects' | 'states',
    depth: number,
    name: string,
    attributes: ReadonlyMap<string, string>,
  ): void {
    if (depth === 3) {
      this.countPart()
      this.fields = []
      this.fieldsOf = { section, id: this.key(section === 'objects' ? 'object' : 'state', attributes.get('id')) }
    } else if (depth === 4) {
      this.field = {
        name: this.texts.kept(name),
        operation: this.texts.kept(attributes.get('operation') ?? 'equals'),
        value: '',
      }
    }
  }

  private countPart(): void {
    if (++this.partCount > LIMITS.parts) {
      throw new XmlError(`the document has more than ${LIMITS.parts} tests, objects and states`)
    }
  }

  private closeField({ name, operation, value }: OvalField): void {
    if (this.fields === null || this.fields.length > LIMITS.fields) return
    // One too many is a field that nobody understands: a condition less would say more than the vendor.
    const isTooMany = this.fields.length === LIMITS.fields
    // What is too long is cut, and then means nothing that is read.
    this.fields.push(isTooMany ? UNREAD_FIELD : { name, operation, value: this.texts.kept(value.trim()) })
  }

  /** The same list held once: Oracle describes every package anew in every definition. */
  private keptFields(fields: readonly OvalField[]): readonly OvalField[] {
    const key = JSON.stringify(fields.map(({ name, operation, value }) => [name, operation, value]))
    const known = this.sharedFields.get(key)
    if (known === undefined) this.sharedFields.set(key, fields)
    return known ?? fields
  }
}

const UNREAD_FIELD: OvalField = { name: '', operation: '', value: '' }

/** Texts of a document, each held once: names and versions come by the hundred thousand. */
export class SharedTexts {
  private readonly known = new Map<string, string>()

  kept(text: string): string {
    const known = this.known.get(text)
    if (known !== undefined) return known
    const copy = own(text)
    this.known.set(copy, copy)
    return copy
  }
}

/** A copy: a part of a longer text would keep all of that in memory, and in the end the whole document. (V8) */
export function own(text: string): string {
  return text === '' ? '' : Buffer.from(text).toString()
}
