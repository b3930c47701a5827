/** Runs what has the same key one after the other, in the order of the calls; other keys do not wait. */
export function inTurn(): <T>(key: string, run: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<void>>()
  return async (key, run) => {
    const own = (last.get(key) ?? Promise.resolve()).then(run)
    // A failure belongs to its own caller and holds up nobody.
    const settled = own.then(
      () => undefined,
      () => undefined,
    )
    last.set(key, settled)
    try {
      return await own
    } finally {
      if (last.get(key) === settled) last.delete(key)
    }
  }
}
