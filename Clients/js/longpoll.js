import { request } from './http.js'

/** @typedef {import('./types.js').TransportContext} TransportContext */
/** @typedef {import('./types.js').Transport} Transport */

const waitSeconds = 25
/** An answer that brings nothing new must not turn into a busy loop. */
const idlePauseMs = 1000

/** @param {TransportContext} context @returns {Transport} */
export function openLongPoll(context) {
  const abort = new AbortController()
  run(context, abort.signal)
  return { close: () => abort.abort() }
}

/** @param {TransportContext} context @param {AbortSignal} signal */
async function run(context, signal) {
  // The first request does not wait: its answer shows at once that this way works.
  let wait = 0
  for (;;) {
    const since = context.cursor()
    const answer = await request(context, 'GET', '/v1/sync', {
      query: { since, wait, limit: context.limit }, timeoutMs: (wait + 10) * 1000, signal,
    })
    if (signal.aborted) return
    const { status, retryAfterMs } = answer
    if (status !== 204 && (status !== 200 || !answer.body)) return context.closed({ status: refusal(status), retryAfterMs })
    if (wait === 0) context.opened()
    context.heard()
    if (answer.body) context.frame(named(answer.body))
    if (signal.aborted) return
    if (status === 200 && wait > 0 && context.cursor() === since) await pause(context, signal)
    wait = waitSeconds
  }
}

/**
 * A success without JSON comes from something between here and the server.
 * @param {number} status
 */
export function refusal(status) {
  return status === 200 ? 502 : status
}

/**
 * Over HTTP a body may come without its type: the fields tell which of the two it is.
 * @param {any} body @returns {import('./types.js').Frame}
 */
export function named(body) {
  return body.type ? body : { ...body, type: body.changes ? 'sync' : 'initial_load' }
}

/** @param {TransportContext} context @param {AbortSignal} signal */
function pause({ environment }, signal) {
  return new Promise((resolve) => {
    const timer = environment.setTimeout(() => resolve(undefined), idlePauseMs)
    signal.addEventListener('abort', () => { environment.clearTimeout(timer); resolve(undefined) }, { once: true })
  })
}
