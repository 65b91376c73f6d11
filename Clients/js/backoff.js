/**
 * Exponential back-off with full jitter: each delay is uniform in [0, min(cap, base · 2ⁿ)).
 * Full jitter spreads a herd that lost its server at the same moment better than a fixed share does.
 */
export class Backoff {
  #failures = 0
  #baseMs
  #capMs
  #random

  /** @param {{baseMs?: number, capMs?: number, random?: () => number}} options */
  constructor({ baseMs = 500, capMs = 30_000, random = Math.random } = {}) {
    this.#baseMs = baseMs
    this.#capMs = capMs
    this.#random = random
  }

  /** The next delay in milliseconds. */
  next() {
    // Past 2^16 the cap rules anyway, and the power must not run to infinity.
    const ceiling = Math.min(this.#capMs, this.#baseMs * 2 ** Math.min(this.#failures, 16))
    this.#failures += 1
    return Math.floor(this.#random() * ceiling)
  }

  /**
   * A delay the server asked for, plus up to a fifth, so that those told the same second do not return in it.
   * @param {number} ms
   */
  after(ms) {
    return Math.floor(ms * (1 + this.#random() / 5))
  }

  reset() {
    this.#failures = 0
  }
}
