/** @typedef {import('./types.js').Environment} Environment */

/** @returns {Environment} */
export function browserEnvironment() {
  return {
    fetch: (input, init) => globalThis.fetch(input, init),
    WebSocket: globalThis.WebSocket,
    now: () => Date.now(),
    setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
    clearTimeout: (handle) => globalThis.clearTimeout(handle),
    random: Math.random,
  }
}

/**
 * Calls when the network comes back or the tab is looked at again.
 * @param {() => void} wake
 * @returns {() => void} stops listening
 */
export function listenToBrowser(wake) {
  if (typeof document === 'undefined') return () => {}
  const shown = () => document.visibilityState === 'visible' && wake()
  globalThis.addEventListener('online', wake)
  document.addEventListener('visibilitychange', shown)
  return () => {
    globalThis.removeEventListener('online', wake)
    document.removeEventListener('visibilitychange', shown)
  }
}
