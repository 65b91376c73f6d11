/** @typedef {import('./types.js').Notification} Notification */
/** @typedef {import('./types.js').ConnectionState} ConnectionState */

const transports = { websocket: 'WebSocket', sse: 'SSE', longpoll: 'long poll', poll: 'polling' }

/** @type {Record<string, string>} */
const waits = {
  unreachable: 'Server unreachable, retrying', restart: 'Server restarting, retrying', busy: 'Server busy, retrying',
  token: 'Signing in again',
}

/** @type {Record<string, string>} */
const stops = { unauthorized: 'the token was refused', forbidden: 'access was refused' }

/**
 * A connection in a few words.
 * @param {ConnectionState} state
 */
export function describeState({ phase, transport, reason }) {
  switch (phase) {
    case 'live': return `Live · ${transports[transport]}`
    case 'connecting': return 'Connecting…'
    case 'waiting': return waits[reason ?? ''] ?? 'Reconnecting'
    case 'stopped': return `Stopped: ${stops[reason ?? ''] ?? reason}`
    case 'idle': return 'Offline'
  }
}

/**
 * What to show large and what to quote beneath: a text that does not name the actor is what somebody wrote.
 * @param {Notification} row
 * @returns {[headline: string, quote: string]}
 */
export function wording({ title, message, actors }) {
  const name = actors[0]?.name
  if (!name || message.includes(name)) return [message || title, '']
  if (title.includes(name)) return [title, message]
  return [title ? `${name} · ${title}` : name, message]
}

/**
 * At most two letters for an avatar.
 * @param {string} name
 */
export function initials(name) {
  const words = name.trim().split(/\s+/)
  return words.slice(0, 2).map((word) => [...word][0] ?? '').join('').toUpperCase()
}

/**
 * "2 minutes ago", in the reader's language.
 * @param {string} at RFC 3339
 * @param {string} locale
 * @param {number} [now] milliseconds
 */
export function relativeTime(at, locale, now = Date.now()) {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000)
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  if (seconds < 45) return format.format(0, 'second')
  if (seconds < 3570) return format.format(-Math.max(1, Math.round(seconds / 60)), 'minute')
  if (seconds < 84600) return format.format(-Math.max(1, Math.round(seconds / 3600)), 'hour')
  return format.format(-Math.max(1, Math.round(seconds / 86400)), 'day')
}

/**
 * The address to follow for a notification, or null. Only http, https and relative addresses are followed:
 * `javascript:` and its kind come from whoever sent the notification.
 * @param {string | null | undefined} url
 * @param {string} base
 */
export function safeUrl(url, base) {
  if (!url) return null
  try {
    const resolved = new URL(url, base)
    return resolved.protocol === 'https:' || resolved.protocol === 'http:' ? resolved.href : null
  } catch {
    return null
  }
}
