import { Backoff } from './backoff.js'

/** @typedef {import('./types.js').TransportName} TransportName */
/** @typedef {import('./types.js').ConnectionState} ConnectionState */
/** @typedef {import('./types.js').Ending} Ending */

/**
 * @typedef {'idle' | 'authorizing' | 'connecting' | 'checking' | 'live' | 'waiting' | 'stopped'} Phase
 *
 * @typedef {'open' | 'retry' | 'quiet' | 'pong' | 'stable' | 'probe' | 'candidate'} TimerName
 *
 * @typedef {{on: 'connect'} | {on: 'close'} | {on: 'wake'} | {on: 'drop'}
 *   | {on: 'choose', transports: TransportName[]}
 *   | {on: 'token', result: 'ok' | 'none' | 'failed'}
 *   | {on: 'opened', attempt: number}
 *   | {on: 'heard', attempt: number}
 *   | {on: 'closed', attempt: number, ending: Ending}
 *   | {on: 'checked', attempt: number, ending: Ending}
 *   | {on: 'timer', name: TimerName}} Input
 *
 * @typedef {{do: 'token', fresh: boolean}
 *   | {do: 'open', transport: TransportName, attempt: number}
 *   | {do: 'end', attempt: number}
 *   | {do: 'check', attempt: number}
 *   | {do: 'ping', attempt: number}
 *   | {do: 'timer', name: TimerName, ms: number}
 *   | {do: 'cancel', name: TimerName}
 *   | {do: 'state', state: ConnectionState}} Action
 */

/** All in milliseconds, except `fallBackAfter`: failures in a row before the next transport is tried. */
export const timing = {
  openWithin: 10_000,
  pingAfter: 25_000,
  pongWithin: 10_000,
  silentStream: 60_000,
  stableAfter: 10_000,
  probeEvery: 60_000,
  fallBackAfter: 2,
}

/**
 * Timers that belong to one attempt and end with it.
 * @type {TimerName[]}
 */
const attemptTimers = ['open', 'quiet', 'pong', 'stable', 'probe', 'candidate']

/**
 * Decides when to connect, over what, and when to give up. It does no I/O and reads no clock:
 * every input brings the time, and the answer is a list of actions for the client to carry out.
 *
 *     idle -> authorizing -> connecting -> live
 *                 ^              |           |
 *                 |           checking       |      a socket that never opened: ask over HTTP why
 *                 |              |           |
 *                 +--- waiting <-+-----------+      or stopped, when coming back would be refused again
 */
export class Machine {
  /** @type {Phase} */
  #phase = 'idle'
  /** @type {TransportName[]} */
  #transports
  #index = 0
  #attempts = 0
  #current = 0
  #candidate = 0
  #opened = false
  #heard = false
  #heardAt = 0
  #failures = 0
  #renewed = false
  #freshToken = false
  /** The server named the delay: neither a wake-up nor a visible tab cuts it short. */
  #firm = false
  /** @type {number | null} */
  #retryAt = null
  /** @type {string | null} */
  #reason = null
  #backoff
  #now = 0
  /** @type {Set<TimerName>} */
  #armed = new Set()
  #lastState = ''
  /** @type {Action[]} */
  #actions = []

  /** @param {{transports?: TransportName[], random?: () => number}} options */
  constructor({ transports = ['websocket', 'longpoll', 'poll'], random = Math.random } = {}) {
    this.#transports = transports
    this.#backoff = new Backoff({ random })
  }

  /** @returns {ConnectionState} */
  get state() {
    const phase = this.#phase === 'authorizing' || this.#phase === 'checking' ? 'connecting' : this.#phase
    return { phase, transport: this.#transport, retryAt: this.#retryAt, reason: this.#reason }
  }

  /** @param {Input} input @param {number} now milliseconds @returns {Action[]} */
  step(input, now) {
    this.#now = now
    this.#actions = []
    this.#take(input)
    const state = JSON.stringify(this.state)
    if (state !== this.#lastState) this.#actions.push({ do: 'state', state: this.state })
    this.#lastState = state
    return this.#actions
  }

  /** @param {Input} input */
  #take(input) {
    switch (input.on) {
      case 'connect': return this.#connect()
      case 'close': return this.#close()
      case 'wake': return this.#wake()
      case 'drop': return this.#lost({ code: 1006 })
      case 'choose': return this.#choose(input.transports)
      case 'token': return this.#token(input.result)
      case 'opened': return this.#openedNow(input.attempt)
      case 'heard': return this.#heardFrom(input.attempt)
      case 'closed': return this.#closedBy(input.attempt, input.ending)
      case 'checked': return this.#checked(input.attempt, input.ending)
      case 'timer': return this.#fired(input.name)
    }
  }

  get #transport() {
    return /** @type {TransportName} */ (this.#transports[this.#index])
  }

  #connect() {
    if (this.#phase !== 'idle' && this.#phase !== 'stopped' && this.#phase !== 'waiting') return
    this.#renewed = false
    this.#authorize()
  }

  #close() {
    this.#endAttempt()
    this.#cancel('retry')
    this.#backoff.reset()
    this.#enter('idle')
  }

  /** The network came back or the tab is looked at again: do not let a person watch a countdown. */
  #wake() {
    if (this.#phase === 'waiting' && !this.#firm) this.#authorize()
    else if (this.#phase === 'live') this.#ping()
  }

  /** @param {TransportName[]} transports */
  #choose(transports) {
    this.#transports = transports
    this.#index = 0
    this.#failures = 0
    if (this.#phase === 'idle' || this.#phase === 'stopped') return
    this.#endAttempt()
    this.#backoff.reset()
    this.#authorize()
  }

  #authorize() {
    this.#cancel('retry')
    this.#enter('authorizing')
    this.#actions.push({ do: 'token', fresh: this.#freshToken })
  }

  /** @param {'ok' | 'none' | 'failed'} result */
  #token(result) {
    if (this.#phase !== 'authorizing') return
    if (result === 'none') return this.#stop('unauthorized')
    if (result === 'failed') return this.#wait(this.#backoff.next(), 'token')
    this.#freshToken = false
    this.#open()
  }

  #open() {
    this.#current = ++this.#attempts
    this.#opened = false
    this.#heard = false
    this.#enter('connecting')
    this.#actions.push({ do: 'open', transport: this.#transport, attempt: this.#current })
    this.#timer('open', timing.openWithin)
  }

  /** @param {number} attempt */
  #openedNow(attempt) {
    if (attempt === this.#current) this.#opened = true
  }

  /**
   * A transport is live once something has arrived over it: some proxies accept an upgrade and then swallow every frame.
   * @param {number} attempt
   */
  #heardFrom(attempt) {
    if (attempt === this.#candidate && attempt !== 0) this.#promote()
    if (attempt !== this.#current) return
    this.#heardAt = this.#now
    this.#cancel('pong')
    this.#opened = true
    this.#heard = true
    if (this.#phase === 'connecting') this.#goLive()
  }

  #goLive() {
    this.#enter('live')
    this.#cancel('open')
    this.#renewed = false
    this.#timer('stable', timing.stableAfter)
    if (this.#quietMs) this.#timer('quiet', this.#quietMs)
    if (this.#canProbe) this.#timer('probe', timing.probeEvery)
  }

  get #quietMs() {
    return this.#transport === 'websocket' ? timing.pingAfter : this.#transport === 'sse' ? timing.silentStream : 0
  }

  get #canProbe() {
    return this.#index > 0 && this.#transports[0] === 'websocket'
  }

  /** The WebSocket that was tried beside a fall-back works: move over; the inbox drops what both deliver. */
  #promote() {
    const candidate = this.#candidate
    this.#candidate = 0
    this.#endAttempt()
    this.#current = candidate
    this.#index = 0
    this.#failures = 0
    this.#phase = 'connecting'
  }

  /** @param {number} attempt @param {Ending} ending */
  #closedBy(attempt, ending) {
    if (attempt === this.#candidate && attempt !== 0) return this.#candidateFailed()
    if (attempt === this.#current) this.#lost(ending)
  }

  #candidateFailed() {
    this.#candidate = 0
    this.#cancel('candidate')
    this.#timer('probe', timing.probeEvery)
  }

  /** @param {Ending} ending */
  #lost(ending) {
    if (this.#phase !== 'connecting' && this.#phase !== 'live') return
    const { code = 0 } = ending
    const opened = this.#opened
    const attempt = this.#current
    this.#endAttempt()
    if (ending.status !== undefined) this.#obey(ending)
    else if (code >= 4500 && code <= 4999) this.#stop(`closed ${code}`)
    else if (code === 4001) this.#renew()
    else if (ending.reconnectAfterMs !== undefined) this.#wait(ending.reconnectAfterMs, 'restart', { firm: true })
    else if (code === 1001) this.#wait(this.#backoff.next(), 'restart')
    else if (!opened || code === 1008) this.#check(attempt)
    else if (!this.#heard) this.#failed()
    else this.#wait(this.#backoff.next(), 'lost')
  }

  /**
   * A browser hides why an upgrade was refused, so the same token asks over plain HTTP.
   * @param {number} attempt
   */
  #check(attempt) {
    this.#current = attempt
    this.#enter('checking')
    this.#actions.push({ do: 'check', attempt })
  }

  /** @param {number} attempt @param {Ending} ending */
  #checked(attempt, ending) {
    if (this.#phase !== 'checking' || attempt !== this.#current) return
    this.#obey(ending)
  }

  /** @param {Ending} ending */
  #obey({ status = 0, retryAfterMs }) {
    if (status === 401) return this.#renew()
    if (status === 403) return this.#stop('forbidden')
    if (status === 429 || status === 503) {
      if (retryAfterMs === undefined) return this.#wait(this.#backoff.next(), 'busy')
      return this.#wait(this.#backoff.after(retryAfterMs), 'busy', { firm: true })
    }
    // A server that cannot be reached says nothing against the transport.
    if (status === 0) return this.#wait(this.#backoff.next(), 'unreachable')
    this.#failed()
  }

  /** One new token per refusal: a second 401 in a row means that a third would be refused as well. */
  #renew() {
    if (this.#renewed) return this.#stop('unauthorized')
    this.#renewed = true
    this.#freshToken = true
    this.#authorize()
  }

  #failed() {
    this.#failures += 1
    if (this.#failures < timing.fallBackAfter || this.#transports.length === 1) {
      return this.#wait(this.#backoff.next(), 'failed')
    }
    this.#failures = 0
    this.#index = (this.#index + 1) % this.#transports.length
    // Having come round, nothing worked: that deserves a pause.
    if (this.#index === 0) return this.#wait(this.#backoff.next(), 'failed')
    this.#authorize()
  }

  /** @param {number} ms @param {string} reason @param {{firm?: boolean}} options */
  #wait(ms, reason, { firm = false } = {}) {
    this.#enter('waiting', reason)
    this.#firm = firm
    this.#retryAt = this.#now + ms
    this.#timer('retry', ms)
  }

  /** @param {string} reason */
  #stop(reason) {
    this.#enter('stopped', reason)
  }

  /** @param {TimerName} name */
  #fired(name) {
    this.#armed.delete(name)
    switch (name) {
      case 'open': return this.#lost(this.#transport === 'websocket' ? { code: 1006 } : { status: 408 })
      case 'retry': return this.#phase === 'waiting' ? this.#authorize() : undefined
      case 'quiet': return this.#quiet()
      case 'pong': return this.#phase === 'live' ? this.#lost({ code: 1006 }) : undefined
      case 'stable': return this.#stable()
      case 'probe': return this.#probe()
      case 'candidate': return this.#candidateTimedOut()
    }
  }

  /** One timer looks back at when something last arrived, instead of being set anew by every frame. */
  #quiet() {
    if (this.#phase !== 'live') return
    const silentMs = this.#now - this.#heardAt
    if (silentMs < this.#quietMs) return this.#timer('quiet', this.#quietMs - silentMs)
    if (this.#transport !== 'websocket') return this.#lost({ code: 1006 })
    this.#ping()
    this.#timer('quiet', this.#quietMs)
  }

  #ping() {
    if (this.#transport !== 'websocket') return
    this.#actions.push({ do: 'ping', attempt: this.#current })
    this.#timer('pong', timing.pongWithin)
  }

  #stable() {
    this.#backoff.reset()
    this.#failures = 0
  }

  #probe() {
    if (this.#phase !== 'live' || !this.#canProbe || this.#candidate !== 0) return
    this.#candidate = ++this.#attempts
    this.#actions.push({ do: 'open', transport: 'websocket', attempt: this.#candidate })
    this.#timer('candidate', timing.openWithin)
  }

  #candidateTimedOut() {
    if (this.#candidate === 0) return
    this.#actions.push({ do: 'end', attempt: this.#candidate })
    this.#candidateFailed()
  }

  #endAttempt() {
    for (const attempt of [this.#current, this.#candidate]) {
      if (attempt !== 0) this.#actions.push({ do: 'end', attempt })
    }
    this.#current = 0
    this.#candidate = 0
    for (const name of attemptTimers) this.#cancel(name)
  }

  /** @param {Phase} phase @param {string | null} [reason] */
  #enter(phase, reason = null) {
    this.#phase = phase
    this.#reason = reason
    this.#retryAt = null
    this.#firm = false
  }

  /** @param {TimerName} name @param {number} ms */
  #timer(name, ms) {
    this.#armed.add(name)
    this.#actions.push({ do: 'timer', name, ms })
  }

  /** @param {TimerName} name */
  #cancel(name) {
    if (this.#armed.delete(name)) this.#actions.push({ do: 'cancel', name })
  }
}
