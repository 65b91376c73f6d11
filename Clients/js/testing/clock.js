/** A clock that moves only when a test says so, with the timers that hang on it. */
export class ManualClock {
  now = 1_000_000
  #timers = new Map()
  #lastHandle = 0

  setTimeout = (run, ms) => {
    this.#timers.set(++this.#lastHandle, { at: this.now + ms, run })
    return this.#lastHandle
  }

  clearTimeout = (handle) => void this.#timers.delete(handle)

  /** Runs what falls due, in order; promises settle in between. */
  async advance(ms) {
    const end = this.now + ms
    await settle()
    for (let next = this.#due(end); next; next = this.#due(end)) {
      this.now = next[1].at
      this.#timers.delete(next[0])
      next[1].run()
      await settle()
    }
    this.now = end
  }

  #due(end) {
    return [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0]
  }
}

/** Lets everything that is already resolved take its course. */
export async function settle() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** mulberry32: small, seedable, good enough to shuffle frames. */
export function seededRandom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
