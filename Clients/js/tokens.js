/** @typedef {string | (() => string | Promise<string>)} TokenOption */

/** Holds the current token and asks the application for a new one, one question at a time. */
export class TokenSource {
  #option
  #token = ''
  /** The last one handed out: the one that a refusal is about. */
  #used = ''
  /** @type {Promise<string> | null} */
  #asking = null

  /** @param {TokenOption} option */
  constructor(option) {
    this.#option = option
    if (typeof option === 'string') this.#token = option
  }

  get current() {
    return this.#token
  }

  get canRenew() {
    return typeof this.#option === 'function'
  }

  /** @param {string} token */
  set(token) {
    this.#token = token
    if (!this.canRenew) this.#option = token
  }

  /**
   * @param {boolean} fresh whether the last one has been refused
   * @returns {Promise<string | null>} null where no other can be had
   */
  async get(fresh) {
    if (!this.#token || (fresh && this.#token === this.#used)) {
      if (!this.canRenew) return null
      this.#token = await this.#ask()
    }
    this.#used = this.#token
    return this.#token
  }

  #ask() {
    const option = this.#option
    const ask = async () => (typeof option === 'function' ? option() : option)
    this.#asking ??= ask().finally(() => (this.#asking = null))
    return this.#asking
  }
}
