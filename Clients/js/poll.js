import { request } from './http.js'
import { refusal } from './longpoll.js'

/** @typedef {import('./types.js').TransportContext} TransportContext */
/** @typedef {import('./types.js').Transport} Transport */

/**
 * The plainest way: the first page of the list every so often, with its ETag, so that "nothing new" is an empty 304.
 * @param {TransportContext} context @returns {Transport}
 */
export function openPoll(context) {
  const abort = new AbortController()
  const { environment } = context
  /** @type {string | null} */
  let etag = null
  /** @type {any} */
  let timer = null

  const ask = async () => {
    const answer = await request(context, 'GET', '/v1/notifications', {
      query: { limit: context.limit }, headers: etag ? { 'If-None-Match': etag } : {}, signal: abort.signal,
    })
    if (abort.signal.aborted) return
    const { status, retryAfterMs } = answer
    if (status !== 304 && (status !== 200 || !answer.body)) return context.closed({ status: refusal(status), retryAfterMs })
    context.opened()
    context.heard()
    etag = answer.headers.get('etag') ?? etag
    if (status === 200) context.frame({ ...answer.body, type: 'page' })
    if (!abort.signal.aborted) timer = environment.setTimeout(ask, jittered(context))
  }

  ask()
  return {
    close: () => {
      abort.abort()
      environment.clearTimeout(timer)
    },
  }
}

/**
 * Clients that were started together must not go on asking in the same instant.
 * @param {TransportContext} context
 */
function jittered({ pollEveryMs, environment }) {
  return pollEveryMs * (0.9 + environment.random() / 5)
}
