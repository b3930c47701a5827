import { describe, expect, it } from 'vitest'
import { INVENTORY_FACTS } from '../../scripts/inventory-facts.ts'
import { readersById } from '../../scripts/inventory-reference.ts'

const READERS = readersById()

describe('the facts of docs/reference/inventory.md', () => {
  it('name every reader once, sorted (add a row to scripts/inventory-facts.ts)', () => {
    expect(INVENTORY_FACTS.map(fact => fact.id)).toEqual([...READERS.keys()].sort())
  })

  it.each(INVENTORY_FACTS.map(fact => [fact.id, fact.example] as const))('%s reads %s', (id, example) => {
    expect(READERS.get(id)?.wants(example)).toBe(true)
  })
})
