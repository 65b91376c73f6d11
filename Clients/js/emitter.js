/** Listeners by event name. One that throws does not keep the others from hearing. */
export class Emitter {
  /** @type {Map<string, Set<(detail: any) => void>>} */
  #listeners = new Map()

  /**
   * @param {string} event
   * @param {(detail: any) => void} listener
   * @returns {() => void} ends the subscription
   */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  /**
   * @param {string} event
   * @param {any} [detail]
   */
  emit(event, detail) {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(detail)
      } catch (error) {
        report(error)
      }
    }
  }
}

/** @param {unknown} error */
function report(error) {
  if (typeof reportError === 'function') reportError(error)
  else console.error(error)
}
