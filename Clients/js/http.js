/** @typedef {import('./types.js').Environment} Environment */

/**
 * `status` 0 means that nothing answered.
 * @typedef {{status: number, body: any, headers: Headers, retryAfterMs?: number}} Answer
 */

/** A request that the server refused, or that did not reach it (status 0). */
export class PealError extends Error {
  /** @param {string} message @param {{status?: number, code?: string}} [details] */
  constructor(message, details) {
    super(message)
    this.name = 'PealError'
    this.status = details?.status ?? 0
    this.code = details?.code ?? ''
  }
}

/**
 * One request with a bearer token. It answers, and never throws, whatever goes wrong on the way.
 * @param {{url: string, token: () => string, environment: Environment}} server
 * @param {string} method
 * @param {string} path
 * @param {{query?: Record<string, string | number | null | undefined>, body?: any, headers?: Record<string, string>,
 *   timeoutMs?: number, signal?: AbortSignal}} [options]
 * @returns {Promise<Answer>}
 */
export async function request(server, method, path, options = {}) {
  const { environment } = server
  const abort = new AbortController()
  const timer = environment.setTimeout(() => abort.abort(), options.timeoutMs ?? 15_000)
  options.signal?.addEventListener('abort', () => abort.abort(), { once: true })
  try {
    const response = await environment.fetch(address(server.url, path, options.query), {
      method,
      headers: headersFor(server.token(), options),
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      cache: 'no-store',
      signal: abort.signal,
    })
    const { status, headers } = response
    return { status, headers, body: await bodyOf(response), ...retryAfter(headers, environment) }
  } catch {
    return { status: 0, body: null, headers: new Headers() }
  } finally {
    environment.clearTimeout(timer)
  }
}

/**
 * @param {string} base
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [query]
 */
export function address(base, path, query = {}) {
  const url = new URL(base.replace(/\/+$/, '') + path)
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) url.searchParams.set(name, String(value))
  }
  return url.href
}

/**
 * `Retry-After` comes as seconds or as a date (RFC 9110 §10.2.3).
 * @param {Headers} headers
 * @param {Environment} environment
 * @returns {{retryAfterMs?: number}}
 */
export function retryAfter(headers, environment) {
  const value = headers.get('retry-after')
  if (!value) return {}
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - environment.now()
  return Number.isFinite(ms) ? { retryAfterMs: Math.max(0, ms) } : {}
}

/** @param {Answer} answer */
export function errorFrom({ status, body }) {
  const message = body?.detail ?? body?.title ?? (status === 0 ? 'The server did not answer.' : `HTTP ${status}`)
  return new PealError(message, { status, code: body?.code })
}

/**
 * @param {string} token
 * @param {{body?: any, headers?: Record<string, string>}} options
 * @returns {Record<string, string>}
 */
function headersFor(token, options) {
  const common = { Authorization: `Bearer ${token}`, Accept: 'application/json', ...options.headers }
  return options.body === undefined ? common : { ...common, 'Content-Type': 'application/json' }
}

/** @param {Response} response */
async function bodyOf(response) {
  const text = await response.text()
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return null
  }
}
