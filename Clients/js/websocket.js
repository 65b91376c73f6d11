import { address } from './http.js'

/** @typedef {import('./types.js').TransportContext} TransportContext */
/** @typedef {import('./types.js').Transport} Transport */
/** @typedef {import('./types.js').Ending} Ending */

/**
 * The token travels as a sub-protocol: browsers cannot set a header here, and a query ends up in logs.
 * @param {TransportContext} context @returns {Transport}
 */
export function openWebSocket(context) {
  const { environment } = context
  let over = false
  /** @param {Ending} ending */
  const finish = (ending) => {
    if (over) return
    over = true
    context.closed(ending)
  }
  const socket = construct(context)
  if (!socket) {
    environment.setTimeout(() => finish({ code: 1006 }), 0)
    return { close: () => void (over = true) }
  }
  socket.onopen = () => over || context.opened()
  socket.onmessage = (event) => over || receive(context, event.data)
  socket.onclose = (event) => finish({ code: event.code, ...reconnectAfter(event.reason) })
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    ping: () => socket.readyState === 1 && socket.send('{"type":"ping"}'),
    close: () => {
      over = true
      socket.close(1000)
    },
  }
}

/** @param {TransportContext} context */
function construct({ url, token, cursor, limit, environment }) {
  if (!environment.WebSocket) return null
  const target = address(url.replace(/^http/, 'ws'), '/ws/notifications', { since: cursor(), limit })
  try {
    return new environment.WebSocket(target, ['peal.v1', `peal.bearer.${token()}`])
  } catch {
    // A content security policy or a token that is no valid sub-protocol.
    return null
  }
}

/** @param {TransportContext} context @param {unknown} data */
function receive(context, data) {
  context.heard()
  const frame = parse(data)
  if (frame) context.frame(frame)
}

/**
 * What is no JSON object is not meant for this client.
 * @param {unknown} data
 */
export function parse(data) {
  try {
    const frame = JSON.parse(String(data))
    return frame !== null && typeof frame === 'object' && !Array.isArray(frame) ? frame : null
  } catch {
    return null
  }
}

/**
 * A draining server tells each session its own delay in the close reason.
 * @param {string} reason @returns {{reconnectAfterMs?: number}}
 */
export function reconnectAfter(reason) {
  const ms = parse(reason)?.reconnect_after_ms
  return typeof ms === 'number' && ms >= 0 ? { reconnectAfterMs: ms } : {}
}
