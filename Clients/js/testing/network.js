import { ManualClock, settle } from './clock.js'
import { ModelInbox } from './model.js'

/** A server in memory behind `fetch` and `WebSocket`, with switches for everything that can go wrong. */
export class FakeNetwork {
  clock = new ManualClock()
  inbox = new ModelInbox('maria', { now: () => (this.clock.now += 1) })
  requests = []
  sockets = []
  streams = []
  #waiting = []
  /** 'ok', 'refused' (never opens), or 'mute' (opens, says nothing). */
  websocket = 'ok'
  /** By path: an answer instead of the real one, `{status, headers?, body?}`; status 0 for a dead network. */
  overrides = new Map()
  validTokens = new Set(['t1'])

  get environment() {
    const network = this
    return {
      fetch: (url, init) => network.#fetch(new URL(url), init),
      WebSocket: class { constructor(url, protocols) { return network.#open(new URL(url), protocols) } },
      now: () => network.clock.now,
      setTimeout: network.clock.setTimeout,
      clearTimeout: network.clock.clearTimeout,
      random: () => 0.5,
    }
  }

  get socket() {
    return this.sockets.at(-1)
  }

  paths() {
    return this.requests.map((request) => `${request.method} ${request.path}`)
  }

  /** Something happens on the server: every live connection hears of it, except the one that asked. */
  async publish(frame, except) {
    if (!frame) return
    for (const socket of this.sockets) if (socket.readyState === 1 && socket !== except) socket.deliver(frame)
    for (const stream of this.streams) stream.send(frame)
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
    await settle()
  }

  like(name, target = '42') {
    return this.inbox.create({ actor: { id: name.toLowerCase(), name }, target })
  }

  #open(url, protocols) {
    const socket = new FakeSocket(this, url, protocols)
    this.sockets.push(socket)
    queueMicrotask(() => socket.begin())
    return socket
  }

  async #fetch(url, init = {}) {
    const { method = 'GET', headers = {}, signal } = init
    const request = { method, path: url.pathname, query: Object.fromEntries(url.searchParams), headers, body: init.body ? JSON.parse(init.body) : undefined }
    this.requests.push(request)
    const override = this.overrides.get(url.pathname)
    if (override?.status === 0) throw new TypeError('network')
    if (override) return answer(override.status, override.body, override.headers)
    if (!this.validTokens.has(headers.Authorization?.slice(7))) return answer(401, { title: 'Unauthorized', code: 'token_invalid' })
    return this.#route(request, signal)
  }

  #route({ method, path, query, headers, body }, signal) {
    if (path === '/v1/notifications/unread-count') return answer(200, this.inbox.counts)
    if (path === '/v1/tickets' && method === 'POST') return answer(201, { ticket: 'k1', expires_at: '2026-01-15T10:30:30.000Z' })
    if (path === '/v1/sync') return this.#sync(query, signal)
    if (path === '/sse/notifications') return this.#stream(query, signal)
    if (path === '/v1/notifications') {
      const etag = `"${this.inbox.cursor}"`
      if (headers['If-None-Match'] === etag) return answer(304, undefined, { etag })
      return answer(200, this.inbox.page({ offset: Number(query.cursor ?? 0), limit: Number(query.limit) }), { etag })
    }
    const all = path.match(/^\/v1\/notifications\/(read|seen)-all$/)
    const one = path.match(/^\/v1\/notifications\/(.+)\/(\w+)$/)
    const frame = all ? this.inbox.mark(`${all[1]}_all`, body.up_to_seq) : one ? this.inbox.update(one[1], updates[one[2]]) : undefined
    if (frame === undefined || (one && !this.inbox.rows.has(one[1]))) return answer(404, { title: 'Not found', code: 'not_found' })
    const counts = this.inbox.counts
    this.publish(frame)
    return answer(200, counts)
  }

  async #sync({ since, wait }, signal) {
    const now = () => (since ? this.inbox.resume(since) : this.inbox.load())
    if (now().type === 'sync' && now().changes.length === 0) {
      if (Number(wait) === 0) return answer(204)
      await new Promise((resolve, reject) => {
        this.#waiting.push(resolve)
        this.clock.setTimeout(resolve, Number(wait) * 1000)
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    }
    const frame = now()
    return frame.changes?.length === 0 ? answer(204) : answer(200, frame)
  }

  #stream({ since }, signal) {
    const encoder = new TextEncoder()
    let controller
    const body = new ReadableStream({ start: (given) => void (controller = given) })
    const stream = {
      send: (frame) => stream.write(`id: ${frame.cursor}\nevent: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`),
      write: (text) => controller.enqueue(encoder.encode(text)),
      end: () => { this.streams = this.streams.filter((one) => one !== stream); controller.close() },
    }
    signal.addEventListener('abort', () => (this.streams = this.streams.filter((one) => one !== stream)))
    this.streams.push(stream)
    stream.send(since ? this.inbox.resume(since) : this.inbox.load())
    return new Response(body, { status: 200, headers: { 'content-type': 'text/event-stream' } })
  }
}

const updates = { read: 'read', unread: 'unread', seen: 'seen', archive: 'archived', unarchive: 'unarchived' }

function answer(status, body, headers = {}) {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers })
}

class FakeSocket {
  readyState = 0
  received = []

  constructor(network, url, protocols) {
    Object.assign(this, { network, url, protocols })
  }

  begin() {
    const token = this.protocols.find((name) => name.startsWith('peal.bearer.'))?.slice(12)
    if (this.network.websocket === 'refused' || !this.network.validTokens.has(token)) return this.end(1006)
    this.readyState = 1
    this.onopen?.()
    if (this.network.websocket === 'mute') return
    const since = this.url.searchParams.get('since')
    this.deliver(since ? this.network.inbox.resume(since) : this.network.inbox.load())
  }

  deliver(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }

  /** The connection ends, from the server's side or on the way. */
  end(code, reason = '') {
    this.readyState = 3
    this.onclose?.({ code, reason })
  }

  close(code) {
    this.readyState = 3
    this.closedWith = code
  }

  send(text) {
    const frame = JSON.parse(text)
    this.received.push(frame)
    this.answer?.(frame)
  }
}
