import { Source, type MemoGraph } from './memo-graph.ts'
import { isSameData } from './same-data.ts'

/** Under which keys a row is found: `{ 'by-subnet': row => [row.subnetId] }`. */
export type Indexes<Row, Name extends string> = Readonly<Record<Name, (row: Row) => readonly string[]>>

/**
 * One list of a snapshot, by id and by further keys. Reading through it tells the memo graph what was looked at: the row
 * with an id, the rows under a key (also when there are none), or all.
 */
export class TrackedTable<Row, Name extends string = never> {
  readonly #graph: MemoGraph
  readonly #idOf: (row: Row) => string
  readonly #indexes: Indexes<Row, Name>
  readonly #rows = new Map<string, Row>()
  readonly #rowsUnder = new Map<Name, Map<string, Keyed<Row>>>()
  readonly #sources = new Map<string, Map<string, Source>>()
  #sorted: readonly Row[] | null = null

  constructor(graph: MemoGraph, idOf: (row: Row) => string, indexes: Indexes<Row, Name>) {
    this.#graph = graph
    this.#idOf = idOf
    this.#indexes = indexes
    for (const name of this.#names()) this.#rowsUnder.set(name, new Map())
  }

  get(id: string): Row | null {
    this.#read('', id)
    return this.#rows.get(id) ?? null
  }

  /** In order of id. */
  under(index: Name, key: string): readonly Row[] {
    this.#read(index, key)
    const keyed = this.#rowsUnder.get(index)?.get(key)
    return keyed === undefined ? [] : (keyed.sorted ??= this.#inOrder(keyed.rows))
  }

  /** In order of id. Whoever reads all of a table is computed again on every change of it. */
  all(): readonly Row[] {
    this.#read('all', '')
    return (this.#sorted ??= this.#inOrder(this.#rows))
  }

  /** Puts rows in, replaces those with the same id, takes ids out. Returns what readers may have seen of the changed ones. */
  change(put: readonly Row[], removed: readonly string[]): readonly Source[] {
    const seen = new Set<Source>()
    for (const row of put) this.#set(this.#idOf(row), row, seen)
    for (const id of removed) this.#set(id, null, seen)
    if (seen.size > 0) this.#note('all', '', seen)
    return [...seen]
  }

  /** One row of each id: of those that contradict each other the same one, whatever their order. */
  distinct(rows: readonly Row[]): { readonly distinct: readonly Row[]; readonly overlapping: readonly string[] } {
    const byId = new Map<string, Row>()
    const overlapping: string[] = []
    for (const row of rows) {
      const id = this.#idOf(row)
      const other = byId.get(id)
      if (other === undefined) byId.set(id, row)
      else if (!isSameData(other, row)) {
        overlapping.push(id)
        if (textOf(row) < textOf(other)) byId.set(id, row)
      }
    }
    return { distinct: [...byId.values()], overlapping }
  }

  /** What is different in a new list: rows to put, ids to take out. */
  differences(rows: readonly Row[]): { readonly put: readonly Row[]; readonly removed: readonly string[] } {
    const ids = new Set(rows.map(this.#idOf))
    return {
      put: this.distinct(rows).distinct.filter(row => !isSameData(this.#rows.get(this.#idOf(row)), row)),
      removed: [...this.#rows.keys()].filter(id => !ids.has(id)),
    }
  }

  #set(id: string, row: Row | null, seen: Set<Source>): void {
    const before = this.#rows.get(id) ?? null
    if (before === row || isSameData(before, row)) return
    if (row === null) this.#rows.delete(id)
    else this.#rows.set(id, row)
    this.#sorted = null
    this.#note('', id, seen)
    // Nobody needs to have read a row for the marks of whole tables to be due.
    seen.add(this.#source('all', ''))
    for (const name of this.#names()) {
      const keysOf = this.#indexes[name]
      const keysNow = new Set(row === null ? [] : keysOf(row))
      for (const key of new Set([...(before === null ? [] : keysOf(before)), ...keysNow])) {
        this.#note(name, key, seen)
        this.#index(name, key, id, keysNow.has(key) ? row : null)
      }
    }
  }

  #index(name: Name, key: string, id: string, row: Row | null): void {
    const keyed = this.#rowsUnder.get(name)?.get(key) ?? { rows: new Map<string, Row>(), sorted: null }
    this.#rowsUnder.get(name)?.set(key, keyed)
    keyed.sorted = null
    if (row === null) keyed.rows.delete(id)
    else keyed.rows.set(id, row)
  }

  #inOrder(rows: ReadonlyMap<string, Row>): readonly Row[] {
    return [...rows.keys()].sort().flatMap(id => rows.get(id) ?? [])
  }

  #read(index: string, key: string): void {
    this.#graph.read(this.#source(index, key))
  }

  #note(index: string, key: string, seen: Set<Source>): void {
    const source = this.#sources.get(index)?.get(key)
    if (source !== undefined) seen.add(source)
  }

  #source(index: string, key: string): Source {
    const sources = this.#sources.get(index) ?? new Map<string, Source>()
    const source = sources.get(key)
    if (source !== undefined) return source
    const made = new Source()
    this.#sources.set(index, sources.set(key, made))
    return made
  }

  #names(): Name[] {
    // The keys of the object are the names that its type has.
    return Object.keys(this.#indexes) as Name[]
  }
}

interface Keyed<Row> {
  readonly rows: Map<string, Row>
  /** Made when it is first asked for; lists that were handed out stay as they are. */
  sorted: readonly Row[] | null
}

function textOf(row: unknown): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}
