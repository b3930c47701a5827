/**
 * Values that are computed once and remembered together with what they were computed from, so that a change makes only
 * those stale that looked at it, directly or through others. Nothing is registered by hand: what a computation reads
 * through the graph is what it depends on. A value that comes out equal again stops the change from going further.
 */
export class MemoGraph {
  readonly #cells = new Map<string, Map<string, Cell>>()
  #reader: Cell | null = null
  #revision = 1

  /**
   * The value of this kind and key. `compute` must depend on nothing but the key, immutable values that the key names,
   * and what it reads through this graph: a later caller of the same key is handed what the first one computed.
   */
  memo<T>(kind: string, key: string, compute: () => T, isEqual: (a: T, b: T) => boolean = Object.is): T {
    const cells = this.#cells.get(kind) ?? new Map<string, Cell>()
    const cell = cells.get(key) ?? new Cell(kind, key, compute, isEqual as Cell['isEqual'])
    if (cell.state === 'new') this.#cells.set(kind, cells.set(key, cell))
    this.#refresh(cell)
    this.#link(cell)
    // The kind and key name the type of what was computed for them.
    return cell.value as T
  }

  /** Says that the computation under way has looked at this part of the outside. */
  read(source: Source): void {
    this.#link(source)
  }

  /**
   * Says that these parts of the outside have changed. Returns the keys of this kind whose values may have changed with
   * them; they are computed again when they are next asked for.
   */
  change(sources: Iterable<Source>, kind: string): readonly string[] {
    this.#revision += 1
    const touched: string[] = []
    const open: (Cell | Source)[] = []
    for (const source of sources) {
      source.changedAt = this.#revision
      open.push(source)
    }
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const reader of next.readers ?? []) {
        if (reader.state !== 'fresh') continue
        reader.state = 'doubtful'
        if (reader.kind === kind) touched.push(reader.key)
        open.push(reader)
      }
    }
    return touched.sort()
  }

  /** Forgets what no value of this kind rests on, directly or through others. */
  sweep(kind: string): void {
    const kept = new Set<Cell>()
    const open = [...(this.#cells.get(kind)?.values() ?? [])]
    for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
      if (kept.has(cell)) continue
      kept.add(cell)
      for (const read of cell.reads) if (read instanceof Cell) open.push(read)
    }
    for (const cells of this.#cells.values()) {
      for (const [key, cell] of cells) {
        if (kept.has(cell)) continue
        cells.delete(key)
        for (const read of cell.reads) read.readers?.delete(cell)
      }
    }
  }

  /** What was last computed, also where that may be stale by now; `undefined` where nothing was. */
  remembered(kind: string, key: string): unknown {
    return this.#cells.get(kind)?.get(key)?.value
  }

  get size(): number {
    let size = 0
    for (const cells of this.#cells.values()) size += cells.size
    return size
  }

  #link(read: Cell | Source): void {
    const reader = this.#reader
    // What is read again and again in one computation is noted once, unless others read it in between, which does no harm.
    if (reader === null || read.lastReader === reader) return
    read.lastReader = reader
    reader.reads.push(read)
    if (read.readers === null) read.readers = new Set([reader])
    else read.readers.add(reader)
  }

  #refresh(cell: Cell): void {
    if (cell.state === 'fresh') return
    if (cell.state === 'computing') throw new Error(`the computation of ${cell.kind} ${cell.key} asks for itself`)
    if (cell.state === 'doubtful' && !this.#hasChangedSources(cell)) {
      cell.state = 'fresh'
      cell.seenAt = this.#revision
    } else this.#compute(cell)
  }

  #hasChangedSources(cell: Cell): boolean {
    for (const read of cell.reads) {
      if (read instanceof Cell) {
        // What was read under a condition that no longer holds may fail now, or ask for itself: computing anew decides.
        if (read.state === 'computing') return true
        this.#refresh(read)
      }
      if (read.changedAt > cell.seenAt) return true
    }
    return false
  }

  #compute(cell: Cell): void {
    const stateBefore = cell.state
    const reader = this.#reader
    for (const read of cell.reads) {
      read.readers?.delete(cell)
      if (read.lastReader === cell) read.lastReader = null
    }
    cell.state = 'computing'
    cell.reads = []
    this.#reader = cell
    let value: unknown
    try {
      value = cell.compute()
    } catch (error) {
      cell.state = 'new'
      throw error
    } finally {
      this.#reader = reader
    }
    if (stateBefore === 'new' || !cell.isEqual(cell.value, value)) {
      cell.value = value
      cell.changedAt = this.#revision
    }
    cell.seenAt = this.#revision
    cell.state = 'fresh'
  }
}

/** A part of the outside that computations look at, e.g. one security group. */
export class Source {
  /** Made for the first one: most things are read by few. */
  readers: Set<Cell> | null = null
  lastReader: Cell | null = null
  changedAt = 0
}

class Cell {
  readonly kind: string
  readonly key: string
  readonly compute: () => unknown
  readonly isEqual: (a: unknown, b: unknown) => boolean
  readers: Set<Cell> | null = null
  lastReader: Cell | null = null
  reads: (Cell | Source)[] = []
  value: unknown = undefined
  state: 'new' | 'computing' | 'doubtful' | 'fresh' = 'new'
  changedAt = 0
  seenAt = 0

  constructor(kind: string, key: string, compute: () => unknown, isEqual: (a: unknown, b: unknown) => boolean) {
    this.kind = kind
    this.key = key
    this.compute = compute
    this.isEqual = isEqual
  }
}
