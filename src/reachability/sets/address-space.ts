import { cidrsOfRange, type Cidr, type IpAddress, type IpFamily, type IpRange } from '../../base/ip-range.ts'
import { setOfRuns, type IntervalSet } from './interval-set.ts'

const IPV4_END = 2 ** 32
const IPV6_END = 1n << 128n
/** Between neighbours that were known from the start: room for some fifty later ones, whatever their order. */
const GAP = 2 ** 22

/** A new boundary found no number between its neighbours: start again with a space that knows all of them. */
export class AddressSpaceFull extends Error {}

/**
 * Addresses as numbers in their order, so that sets of either family are `IntervalSet`s and no arithmetic on big
 * integers is left in the analysis. IPv4 addresses are their own numbers. Of IPv6 only the boundaries of ranges that
 * something mentions have numbers; all addresses between two of them are alike to every rule.
 */
export class AddressSpace {
  /** Rising, with the number of each in the list beside it. */
  readonly #boundaries: bigint[]
  readonly #numbers: number[]
  readonly #numberOf = new Map<bigint, number>()
  readonly #boundaryOf = new Map<number, bigint>()
  readonly #texts = new WeakMap<IntervalSet, readonly string[]>()

  /** `boundaries`: first IPv6 addresses of ranges, and addresses after the last, in any order. More may come later. */
  constructor(boundaries: Iterable<bigint> = []) {
    this.#boundaries = [...new Set([0n, IPV6_END, ...boundaries])].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    this.#numbers = this.#boundaries.map((_, index) => index * GAP)
    this.#boundaries.forEach((boundary, index) => this.#remember(boundary, index * GAP))
  }

  /** Every IPv6 boundary that has a number, to make a larger space from. */
  get boundaries(): readonly bigint[] {
    return this.#boundaries
  }

  whole(family: IpFamily): IntervalSet {
    return family === 'ipv4' ? [0, IPV4_END] : [this.#number(0n), this.#number(IPV6_END)]
  }

  /** The addresses of those ranges that are of the family. */
  setOf(ranges: readonly IpRange[], family: IpFamily): IntervalSet {
    const runs: (readonly [number, number])[] = []
    for (const range of ranges) {
      if (range.family !== family) continue
      if (family === 'ipv4') runs.push([Number(range.first), Number(range.last) + 1])
      else runs.push([this.#number(range.first), this.#number(range.last + 1n)])
    }
    return setOfRuns(runs)
  }

  setOfAddresses(addresses: readonly IpAddress[], family: IpFamily): IntervalSet {
    return this.setOf(
      addresses.map(address => ({ family: address.family, first: address.value, last: address.value })),
      family,
    )
  }

  /** A number to look the address up with, in sets that exist already: do not keep it. */
  locate({ family, value }: IpAddress): number {
    if (family === 'ipv4') return Number(value)
    return this.#numbers[this.#countUpTo(value) - 1] ?? 0
  }

  /** The fewest prefixes that hold exactly the set, in order. */
  cidrsOf(set: IntervalSet, family: IpFamily): readonly Cidr[] {
    return this.rangesOf(set, family).flatMap(cidrsOfRange)
  }

  /** As `cidrsOf`, spelled; remembered for the set. */
  textsOf(set: IntervalSet, family: IpFamily): readonly string[] {
    const known = this.#texts.get(set)
    if (known !== undefined) return known
    const texts = this.cidrsOf(set, family).map(cidr => cidr.text)
    this.#texts.set(set, texts)
    return texts
  }

  rangesOf(set: IntervalSet, family: IpFamily): readonly IpRange[] {
    const ranges: IpRange[] = []
    for (let index = 0; index + 1 < set.length; index += 2) {
      ranges.push({
        family,
        first: this.#address(set[index], family),
        last: this.#address(set[index + 1], family) - 1n,
      })
    }
    return ranges
  }

  /** The lowest address; `null` of the empty set. */
  firstOf(set: IntervalSet, family: IpFamily): IpAddress | null {
    return set.length === 0 ? null : { family, value: this.#address(set[0], family) }
  }

  #address(point: number | undefined, family: IpFamily): bigint {
    if (point === undefined) throw new Error('a set of addresses has an odd number of boundaries')
    if (family === 'ipv4') return BigInt(point)
    const boundary = this.#boundaryOf.get(point)
    if (boundary === undefined) throw new Error(`the number ${point} is no boundary of this address space`)
    return boundary
  }

  #number(boundary: bigint): number {
    const known = this.#numberOf.get(boundary)
    if (known !== undefined) return known
    const index = this.#countUpTo(boundary)
    const below = this.#numbers[index - 1] ?? 0
    const above = this.#numbers[index] ?? 0
    const between = below + (above - below) / 2
    if (!(between > below && between < above)) throw new AddressSpaceFull('no number is left between two addresses')
    this.#boundaries.splice(index, 0, boundary)
    this.#numbers.splice(index, 0, between)
    this.#remember(boundary, between)
    return between
  }

  #remember(boundary: bigint, number: number): void {
    this.#numberOf.set(boundary, number)
    this.#boundaryOf.set(number, boundary)
  }

  #countUpTo(value: bigint): number {
    let [low, high] = [0, this.#boundaries.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#boundaries[middle] ?? IPV6_END) <= value) low = middle + 1
      else high = middle
    }
    return low
  }
}
