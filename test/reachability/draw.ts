/** Choices that make a random network. Zeros choose what is plainest, so that what shrinks towards zeros stays readable. */
export interface Draw {
  /** 0 to `count - 1`. */
  below: (count: number) => number
  pick: <T>(from: readonly T[]) => T
  /** True once in `oneIn`; a zero is false. */
  chance: (oneIn: number) => boolean
}

/** Takes the choices one after another; zeros once they are used up. */
export function drawFrom(choices: readonly number[]): Draw {
  let at = 0
  return drawWith(() => {
    at += 1
    return choices[at - 1] ?? 0
  })
}

/** Choices without end, the same for the same seed. (mulberry32, public domain) */
export function drawSeeded(seed: number): Draw {
  return drawWith(randomNumbers(seed))
}

/** Whole numbers of 32 bits. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

function drawWith(next: () => number): Draw {
  const below = (count: number) => next() % count
  return {
    below,
    pick: from => {
      const [first] = from
      if (first === undefined) throw new RangeError('there is nothing to pick from')
      return from[below(from.length)] ?? first
    },
    chance: oneIn => below(oneIn) === oneIn - 1,
  }
}
