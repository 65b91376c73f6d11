import { address, retryAfter } from './http.js'
import { parse } from './websocket.js'

/** @typedef {import('./types.js').TransportContext} TransportContext */
/** @typedef {import('./types.js').Transport} Transport */
/** @typedef {import('./types.js').Ending} Ending */

/**
 * Server-sent events over `fetch`: `EventSource` cannot send an Authorization header, hides the status
 * of a refusal, and reconnects by itself where the state machine should decide.
 * @param {TransportContext} context @returns {Transport}
 */
export function openEventStream(context) {
  const abort = new AbortController()
  read(context, abort.signal).then(
    (ending) => abort.signal.aborted || context.closed(ending),
    () => abort.signal.aborted || context.closed({ status: 0 }),
  )
  return { close: () => abort.abort() }
}

/** @param {TransportContext} context @param {AbortSignal} signal @returns {Promise<Ending>} */
async function read(context, signal) {
  const { url, token, cursor, limit, environment } = context
  const response = await environment.fetch(address(url, '/sse/notifications', { since: cursor(), limit }), {
    headers: { Authorization: `Bearer ${token()}`, Accept: 'text/event-stream' },
    cache: 'no-store',
    signal,
  })
  if (!response.ok || !response.body) return { status: response.status, ...retryAfter(response.headers, environment) }
  context.opened()
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  const parser = new EventParser()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { code: 1006 }
    context.heard()
    for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
      const frame = parse(event.data)
      if (event.type === 'close') return { code: frame?.code ?? 1006, reconnectAfterMs: frame?.reconnect_after_ms }
      if (frame && event.type !== 'ping') context.frame(frame.type ? frame : { ...frame, type: event.type })
    }
  }
}

/** Cuts a text stream into events (WHATWG HTML §9.2.6), wherever the chunks happen to be cut. */
export class EventParser {
  #rest = ''
  #type = ''
  /** @type {string[]} */
  #data = []

  /** @param {string} chunk @returns {{type: string, data: string}[]} */
  feed(chunk) {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.flatMap((line) => this.#line(line.replace(/\r$/, '')))
  }

  /** @param {string} line @returns {{type: string, data: string}[]} */
  #line(line) {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#type = value
    if (field === 'data') this.#data.push(value)
    return []
  }

  #dispatch() {
    const event = { type: this.#type || 'message', data: this.#data.join('\n') }
    const complete = this.#data.length > 0
    this.#type = ''
    this.#data = []
    return complete ? [event] : []
  }
}
