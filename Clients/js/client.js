import { Commands, listCommand, markAllCommand, overHTTP, rowCommand } from './commands.js'
import { Emitter } from './emitter.js'
import { browserEnvironment, listenToBrowser } from './environment.js'
import { address, errorFrom, request } from './http.js'
import { applyFrame, emptyInbox, listed, resumeFrom } from './inbox.js'
import { named, openLongPoll } from './longpoll.js'
import { Machine } from './machine.js'
import { openPoll } from './poll.js'
import { openEventStream } from './sse.js'
import { TokenSource } from './tokens.js'
import { openWebSocket } from './websocket.js'

/** @typedef {import('./types.js').Notification} Notification */
/** @typedef {import('./types.js').Frame} Frame */
/** @typedef {import('./types.js').Transport} Transport */
/** @typedef {import('./types.js').TransportName} TransportName */
/** @typedef {import('./types.js').Environment} Environment */
/** @typedef {import('./commands.js').Command} Command */
/** @typedef {import('./machine.js').Input} Input */
/** @typedef {import('./machine.js').Action} Action */

/**
 * @typedef {object} Options
 * @property {string} url base address of the server, for example `https://peal.example.com`
 * @property {import('./tokens.js').TokenOption} token a function is asked again when the token expires
 * @property {string | null} [cursor] resume from here
 * @property {TransportName[]} [transports] in order of preference; default WebSocket, long poll, poll
 * @property {Pick<Storage, 'getItem' | 'setItem'>} [storage] remembers the cursor, for example `localStorage`
 * @property {string} [storageKey]
 * @property {number} [limit] rows of the first page, at most 200
 * @property {number} [pollEveryMs]
 * @property {Partial<Environment>} [environment] for tests
 */

/** @type {Record<TransportName, (context: import('./types.js').TransportContext) => Transport>} */
const openers = { websocket: openWebSocket, sse: openEventStream, longpoll: openLongPoll, poll: openPoll }

/**
 * A live inbox. Events: `change` (anything below differs), `notification` (a row to announce), `count`
 * (`{unread, unseen}`), `state` (the connection), `error`, `frame` and `sent` (everything that
 * goes over the wire, for a log), and `message` for JSON of a type that this client does not know.
 */
export class PealClient {
  #options
  #environment
  #tokens
  #machine
  #emitter = new Emitter()
  #commands = new Commands()
  #inbox
  /** @type {Notification[] | null} */
  #list = null
  /** @type {Map<number, Transport>} */
  #transports = new Map()
  /** @type {Map<string, any>} */
  #timers = new Map()
  /** @type {Input[]} */
  #inputs = []
  #stepping = false
  #syncing = false
  #syncAgain = false
  /** @type {(() => void) | null} */
  #unlisten = null

  /** @param {Options} options */
  constructor(options) {
    this.#options = { limit: 50, pollEveryMs: 15_000, storageKey: 'peal.cursor', ...options }
    this.#environment = { ...browserEnvironment(), ...options.environment }
    this.#tokens = new TokenSource(options.token)
    this.#machine = new Machine({ transports: this.#usable(options.transports), random: this.#environment.random })
    this.#inbox = emptyInbox(options.cursor ?? options.storage?.getItem(this.#options.storageKey) ?? null)
  }

  /**
   * @param {string} event
   * @param {(detail: any) => void} listener
   * @returns {() => void} ends the subscription
   */
  on(event, listener) {
    return this.#emitter.on(event, listener)
  }

  get state() {
    return this.#machine.state
  }

  /**
   * Newest activity first; without archived and snoozed rows.
   * @returns {readonly Notification[]}
   */
  get notifications() {
    this.#list ??= listed(this.#inbox)
    return this.#list
  }

  get unread() {
    return this.#inbox.unread
  }

  get unseen() {
    return this.#inbox.unseen
  }

  get cursor() {
    return this.#inbox.cursor
  }

  /** Whether `loadOlder` would find anything. */
  get hasOlder() {
    return this.#inbox.more
  }

  connect() {
    this.#unlisten ??= listenToBrowser(() => this.#step({ on: 'wake' }))
    this.#step({ on: 'connect' })
  }

  /** Ends the connection. The inbox and the cursor stay, so that `connect()` continues where this left off. */
  close() {
    this.#unlisten?.()
    this.#unlisten = null
    this.#step({ on: 'close' })
  }

  /** Cuts the connection as a dead network would, to try out what happens then. */
  drop() {
    this.#step({ on: 'drop' })
  }

  /** @param {TransportName[]} transports in order of preference */
  setTransports(transports) {
    this.#step({ on: 'choose', transports: this.#usable(transports) })
  }

  /** @param {string | string[]} ids */
  markRead(ids) {
    return this.#row('mark_read', [ids].flat())
  }

  /** @param {string} id */
  markUnread(id) {
    return this.#row('mark_unread', [id])
  }

  /** @param {string} id */
  markSeen(id) {
    return this.#row('mark_seen', [id])
  }

  markAllRead() {
    return this.#execute(markAllCommand('mark_all_read', this.#inbox.seq))
  }

  markAllSeen() {
    return this.#execute(markAllCommand('mark_all_seen', this.#inbox.seq))
  }

  /** @param {string} id */
  archive(id) {
    return this.#row('archive', [id])
  }

  /** @param {string} id */
  unarchive(id) {
    return this.#row('unarchive', [id])
  }

  /**
   * Out of sight and out of the counts until then; back on top, unread.
   * @param {string} id @param {Date} until at most a year ahead
   */
  snooze(id, until) {
    return this.#row('snooze', [id], { until: until.toISOString() })
  }

  /** @param {string} id */
  unsnooze(id) {
    return this.#row('unsnooze', [id])
  }

  /** @param {string} id */
  delete(id) {
    return this.#row('delete', [id])
  }

  /**
   * A page of the list. Without `status` and `type` its rows join `notifications`.
   * @param {{limit?: number, cursor?: string | null, status?: string, type?: string}} [query]
   * @returns {Promise<{notifications: Notification[], nextCursor: string | null}>}
   */
  async list(query = {}) {
    const frame = await this.#execute(listCommand({ limit: this.#options.limit, ...query }))
    return { notifications: frame.notifications ?? [], nextCursor: frame.next_cursor ?? null }
  }

  /** Adds the next page to `notifications`. */
  async loadOlder() {
    // A first page that came over a socket does not say where the next one begins.
    if (this.#inbox.nextCursor === null) await this.list()
    if (this.#inbox.nextCursor !== null) await this.list({ cursor: this.#inbox.nextCursor })
  }

  /**
   * Takes a new token, from the argument or from the token function. A WebSocket goes on with it; others use it next time.
   * @param {string} [token]
   */
  async refreshToken(token) {
    if (token) this.#tokens.set(token)
    else await this.#tokens.get(true)
    const frame = { type: 'refresh_token', token: this.#tokens.current }
    if (this.#socket) await this.#execute({ frame, requests: [], effect: {} })
    else if (this.state.phase === 'stopped') this.connect()
  }

  /**
   * An address for one request within 30 s that needs no header: for an `EventSource`, or a WebSocket without sub-protocol.
   * @param {'/sse/notifications' | '/ws/notifications'} [path]
   */
  async ticketAddress(path = '/sse/notifications') {
    await this.#tokens.get(false)
    const answer = await request(this.#server, 'POST', '/v1/tickets')
    if (answer.status !== 201) throw errorFrom(answer)
    return address(this.#options.url, path, { ticket: answer.body.ticket, since: resumeFrom(this.#inbox) })
  }

  /** @param {TransportName[]} [transports] */
  #usable(transports = ['websocket', 'longpoll', 'poll']) {
    const usable = transports.filter((name) => name !== 'websocket' || this.#environment.WebSocket)
    return usable.length > 0 ? usable : /** @type {TransportName[]} */ (['longpoll', 'poll'])
  }

  get #socket() {
    if (this.state.phase !== 'live' || this.state.transport !== 'websocket') return undefined
    return [...this.#transports.values()].find((transport) => transport.send)
  }

  get #server() {
    return { url: this.#options.url, token: () => this.#tokens.current, environment: this.#environment }
  }

  /**
   * @param {string} type
   * @param {string[]} ids
   * @param {Record<string, any>} [fields]
   */
  #row(type, ids, fields) {
    return ids.length === 0 ? Promise.resolve({ type: 'ok' }) : this.#execute(rowCommand(type, ids, fields))
  }

  /** @param {Command} command */
  #execute(command) {
    const socket = this.#socket
    return socket ? this.#commands.overSocket(command, (frame) => this.#send(socket, frame)) : this.#overHTTP(command)
  }

  /**
   * @param {Transport} socket
   * @param {Frame} frame
   */
  #send(socket, frame) {
    this.#emitter.emit('sent', frame)
    socket.send?.(frame)
  }

  /** @param {Command} command */
  #overHTTP(command) {
    for (const { method, path } of command.requests) this.#emitter.emit('sent', { type: `${method} ${path}` })
    return overHTTP(this.#server, command, (frame) => this.#apply(frame), () => this.#tokens.get(true))
  }

  /**
   * Inputs that arrive while actions are carried out wait for their turn.
   * @param {Input} input
   */
  #step(input) {
    this.#inputs.push(input)
    if (this.#stepping) return
    this.#stepping = true
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) {
        for (const action of this.#machine.step(next, this.#environment.now())) this.#perform(action)
      }
    } finally {
      this.#stepping = false
    }
  }

  /** @param {Action} action */
  #perform(action) {
    switch (action.do) {
      case 'token': return void this.#getToken(action.fresh)
      case 'open': return this.#open(action.transport, action.attempt)
      case 'end': return this.#end(action.attempt)
      case 'check': return void this.#check(action.attempt)
      case 'ping': return void this.#transports.get(action.attempt)?.ping?.()
      case 'timer': return this.#setTimer(action.name, action.ms)
      case 'cancel': return this.#cancelTimer(action.name)
      case 'state': return this.#emitter.emit('state', action.state)
    }
  }

  /** @param {boolean} fresh */
  async #getToken(fresh) {
    try {
      const token = await this.#tokens.get(fresh)
      this.#step({ on: 'token', result: token === null ? 'none' : 'ok' })
    } catch (error) {
      this.#emitter.emit('error', error)
      this.#step({ on: 'token', result: 'failed' })
    }
  }

  /**
   * @param {TransportName} name
   * @param {number} attempt
   */
  #open(name, attempt) {
    const transport = openers[name]({
      ...this.#server,
      cursor: () => resumeFrom(this.#inbox),
      limit: this.#options.limit,
      pollEveryMs: this.#options.pollEveryMs,
      opened: () => this.#step({ on: 'opened', attempt }),
      heard: () => this.#step({ on: 'heard', attempt }),
      frame: (frame) => this.#receive(frame),
      closed: (ending) => this.#step({ on: 'closed', attempt, ending }),
    })
    this.#transports.set(attempt, transport)
  }

  /** @param {number} attempt */
  #end(attempt) {
    const transport = this.#transports.get(attempt)
    this.#transports.delete(attempt)
    transport?.close()
    if (transport?.send) this.#commands.retry((command) => this.#overHTTP(command))
  }

  /** @param {number} attempt */
  async #check(attempt) {
    const { status, retryAfterMs } = await request(this.#server, 'GET', '/v1/notifications/unread-count')
    this.#step({ on: 'checked', attempt, ending: { status, retryAfterMs } })
  }

  /**
   * @param {import('./machine.js').TimerName} name
   * @param {number} ms
   */
  #setTimer(name, ms) {
    this.#cancelTimer(name)
    this.#timers.set(name, this.#environment.setTimeout(() => this.#step({ on: 'timer', name }), ms))
  }

  /** @param {string} name */
  #cancelTimer(name) {
    this.#environment.clearTimeout(this.#timers.get(name))
  }

  /** @param {Frame} received */
  #receive(received) {
    this.#emitter.emit('frame', received)
    const { frame, settle } = this.#commands.reply(received)
    if (frame.type === 'token_expiring') this.#renewInTime()
    if (frame.seq === undefined && !protocolTypes.has(frame.type)) this.#emitter.emit('message', frame)
    if (frame.type === 'error' && frame.id === undefined) this.#emitter.emit('error', frame)
    this.#apply(frame)
    settle()
  }

  #renewInTime() {
    if (this.#tokens.canRenew) this.refreshToken().catch((error) => this.#emitter.emit('error', error))
  }

  /** @param {Frame} frame */
  #apply(frame) {
    const resync = this.#reduce(frame)
    if (resync !== null) this.#sync(resync)
    else if (this.#inbox.loaded && !this.#inbox.listed && frame.type === 'sync' && !frame.has_more) this.#fill()
  }

  /** @param {Frame} frame */
  #reduce(frame) {
    const before = this.#inbox
    const { inbox, announced, resync } = applyFrame(before, frame)
    if (inbox !== before) this.#adopt(before, inbox, announced)
    return resync
  }

  /**
   * @param {import('./inbox.js').Inbox} before
   * @param {import('./inbox.js').Inbox} inbox
   * @param {Notification[]} announced
   */
  #adopt(before, inbox, announced) {
    this.#inbox = inbox
    this.#list = null
    if (inbox.cursor !== before.cursor) this.#remember(inbox.cursor)
    if (inbox.unread !== before.unread || inbox.unseen !== before.unseen) {
      this.#emitter.emit('count', { unread: inbox.unread, unseen: inbox.unseen })
    }
    this.#emitter.emit('change', undefined)
    for (const notification of announced) this.#emitter.emit('notification', notification)
  }

  /** @param {string | null} cursor */
  #remember(cursor) {
    try {
      if (cursor !== null) this.#options.storage?.setItem(this.#options.storageKey, cursor)
    } catch {
      // A full or forbidden storage costs the resume after a reload, nothing else.
    }
  }

  /**
   * Reads what is missing over HTTP. What turns out to be missing meanwhile is read in another round.
   * @param {string} since
   */
  async #sync(since) {
    if (this.#syncing) return void (this.#syncAgain = true)
    this.#syncing = true
    this.#syncAgain = false
    const complete = await this.#syncPages(since)
    this.#syncing = false
    // A new connection with `since` asks for the same.
    if (!complete) this.#step({ on: 'drop' })
    else if (this.#syncAgain) this.#sync(resumeFrom(this.#inbox) ?? '')
  }

  /** @param {string} since */
  async #syncPages(since) {
    for (let cursor = since; ;) {
      const answer = await request(this.#server, 'GET', '/v1/sync', { query: { since: cursor || null, wait: 0 } })
      if (answer.status === 204) return true
      if (answer.status !== 200 || !answer.body) return false
      const frame = named(answer.body)
      this.#emitter.emit('frame', frame)
      this.#reduce(frame)
      if (frame.type !== 'sync' || !frame.has_more || frame.cursor === cursor) return true
      cursor = frame.cursor
    }
  }

  /** After resuming from a bare cursor the changes are here, but not the rows that did not change. */
  #fill() {
    this.#inbox = { ...this.#inbox, listed: true }
    this.list().catch((error) => this.#emitter.emit('error', error))
  }
}

const protocolTypes = new Set(['pong', 'error', 'token_expiring', 'token_refreshed'])
