import { describe, expect, it } from 'vitest'

import { MemoGraph } from './memo-graph.ts'
import { TrackedTable } from './tracked-table.ts'

interface Row {
  readonly id: string
  readonly group: string
  readonly size: number
}

function aTableOf(graph: MemoGraph, rows: readonly Row[]): TrackedTable<Row, 'by-group'> {
  const table = new TrackedTable<Row, 'by-group'>(graph, ({ id }) => id, { 'by-group': ({ group }) => [group] })
  table.change(rows, [])
  return table
}

describe('remembered computations', () => {
  it('are done again only when something that they read has changed', () => {
    const graph = new MemoGraph()
    const table = aTableOf(graph, [
      { id: 'a', group: 'g', size: 1 },
      { id: 'b', group: 'h', size: 2 },
    ])
    const done: string[] = []
    const sizeOf = (group: string): number =>
      graph.memo('size', group, () => {
        done.push(group)
        return table.under('by-group', group).reduce((sum, { size }) => sum + size, 0)
      })
    const ask = (): readonly number[] => ['g', 'h'].map(sizeOf)

    expect(ask()).toEqual([1, 2])
    expect(graph.change(table.change([{ id: 'a', group: 'g', size: 5 }], []), 'size')).toEqual(['g'])
    expect(ask()).toEqual([5, 2])
    expect(graph.change(table.change([{ id: 'a', group: 'h', size: 5 }], []), 'size')).toEqual(['g', 'h'])
    expect(ask()).toEqual([0, 7])
    expect(graph.change(table.change([{ id: 'a', group: 'h', size: 5 }], ['none']), 'size')).toEqual([])
    expect(done).toEqual(['g', 'h', 'g', 'g', 'h'])
  })

  it('do not hand on a change that made no difference to them', () => {
    const graph = new MemoGraph()
    const table = aTableOf(graph, [{ id: 'a', group: 'g', size: 1 }])
    let done = 0
    const isBig = (): boolean => graph.memo('big', '', () => (table.get('a')?.size ?? 0) > 10)
    const text = (): string =>
      graph.memo('text', '', () => {
        done += 1
        return isBig() ? 'big' : 'small'
      })

    text()
    graph.change(table.change([{ id: 'a', group: 'g', size: 2 }], []), 'text')
    expect([text(), done]).toEqual(['small', 1])
    graph.change(table.change([{ id: 'a', group: 'g', size: 20 }], []), 'text')
    expect([text(), done]).toEqual(['big', 2])
  })

  it('refuse to wait for themselves', () => {
    const graph = new MemoGraph()
    const turn = (): number => graph.memo('turn', '', () => turn() + 1)

    expect(turn).toThrow('asks for itself')
    expect(graph.memo('other', '', () => 1)).toBe(1)
  })

  it('are dropped when nothing rests on them any more', () => {
    const graph = new MemoGraph()
    const table = aTableOf(graph, [{ id: 'a', group: 'g', size: 1 }])
    const part = (size: number): number => graph.memo('part', String(size), () => size)
    const whole = (): number => graph.memo('whole', '', () => part(table.get('a')?.size ?? 0))

    whole()
    graph.change(table.change([{ id: 'a', group: 'g', size: 2 }], []), 'whole')
    whole()
    expect(graph.size).toBe(3)
    graph.sweep('whole')
    expect([graph.size, whole()]).toEqual([2, 2])
  })
})
