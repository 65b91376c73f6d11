import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Machine, timing } from '../machine.js'

/**
 * A machine under a manual clock. `step` answers in short form, so that a test reads as a transcript:
 * 'token', 'token!' (a fresh one), 'open websocket 1', 'end 1', 'check 1', 'ping 1', 'timer retry 250', 'cancel retry'.
 */
class Run {
  constructor(options = {}) {
    this.machine = new Machine({ random: () => 0.5, ...options })
    this.now = 0
  }

  step(input, afterMs = 0) {
    this.now += afterMs
    return this.machine.step(input, this.now).filter((action) => action.do !== 'state').map(short)
  }

  /** All the way to live over whatever transport is next. */
  goLive() {
    this.step({ on: 'connect' })
    const open = this.step({ on: 'token', result: 'ok' })
    const attempt = Number(open[0].split(' ').at(-1))
    this.step({ on: 'opened', attempt })
    this.step({ on: 'heard', attempt })
    return attempt
  }

  /** To live over the long poll, after two WebSockets that never opened. */
  fallBack() {
    this.step({ on: 'connect' })
    for (const attempt of [1, 2]) {
      this.step({ on: 'token', result: 'ok' })
      this.step({ on: 'closed', attempt, ending: { code: 1006 } })
      this.step({ on: 'checked', attempt, ending: { status: 200 } })
      if (attempt === 1) this.step({ on: 'timer', name: 'retry' }, 250)
    }
    this.step({ on: 'token', result: 'ok' })
    this.step({ on: 'heard', attempt: 3 })
    return 3
  }

  get phase() {
    return this.machine.state.phase
  }
}

function short(action) {
  switch (action.do) {
    case 'token': return action.fresh ? 'token!' : 'token'
    case 'open': return `open ${action.transport} ${action.attempt}`
    case 'timer': return `timer ${action.name} ${action.ms}`
    case 'cancel': return `cancel ${action.name}`
    default: return `${action.do} ${action.attempt}`
  }
}

const closed = (attempt, ending) => ({ on: 'closed', attempt, ending })
const checked = (attempt, ending) => ({ on: 'checked', attempt, ending })
const fired = (name) => ({ on: 'timer', name })

describe('connecting', () => {
  test('token, socket, first frame, live', () => {
    const run = new Run()
    assert.deepEqual(run.step({ on: 'connect' }), ['token'])
    assert.deepEqual(run.step({ on: 'token', result: 'ok' }), ['open websocket 1', 'timer open 10000'])
    assert.deepEqual(run.step({ on: 'opened', attempt: 1 }), [])
    assert.equal(run.phase, 'connecting')
    assert.deepEqual(run.step({ on: 'heard', attempt: 1 }), ['cancel open', 'timer stable 10000', 'timer quiet 25000'])
    assert.deepEqual(run.machine.state, { phase: 'live', transport: 'websocket', retryAt: null, reason: null })
  })

  test('connecting twice is connecting once', () => {
    const run = new Run()
    run.step({ on: 'connect' })
    assert.deepEqual(run.step({ on: 'connect' }), [])
    run.step({ on: 'token', result: 'ok' })
    assert.deepEqual(run.step({ on: 'connect' }), [])
  })

  test('closing ends everything and connecting again starts afresh', () => {
    const run = new Run()
    run.goLive()
    assert.deepEqual(run.step({ on: 'close' }), ['end 1', 'cancel quiet', 'cancel stable'])
    assert.equal(run.phase, 'idle')
    assert.deepEqual(run.step(closed(1, { code: 1000 })), [])
    assert.deepEqual(run.step({ on: 'connect' }), ['token'])
  })

  test('a late token after closing opens nothing', () => {
    const run = new Run()
    run.step({ on: 'connect' })
    run.step({ on: 'close' })
    assert.deepEqual(run.step({ on: 'token', result: 'ok' }), [])
  })

  test('a token that cannot be had now is asked for again later', () => {
    const run = new Run()
    run.step({ on: 'connect' })
    assert.deepEqual(run.step({ on: 'token', result: 'failed' }), ['timer retry 250'])
    assert.equal(run.machine.state.retryAt, 250)
    assert.deepEqual(run.step(fired('retry'), 250), ['token'])
    assert.deepEqual(run.step({ on: 'token', result: 'failed' }), ['timer retry 500'])
  })

  test('a socket that opens and stays mute is no connection', () => {
    const run = new Run()
    run.step({ on: 'connect' })
    run.step({ on: 'token', result: 'ok' })
    run.step({ on: 'opened', attempt: 1 })
    assert.deepEqual(run.step(fired('open'), timing.openWithin), ['end 1', 'timer retry 250'])
    run.step(fired('retry'))
    run.step({ on: 'token', result: 'ok' })
    run.step({ on: 'opened', attempt: 2 })
    assert.deepEqual(run.step(fired('open'), timing.openWithin), ['end 2', 'token'])
    assert.deepEqual(run.step({ on: 'token', result: 'ok' })[0], 'open longpoll 3')
  })
})

describe('a socket that never opened', () => {
  const refused = (ending) => {
    const run = new Run()
    run.step({ on: 'connect' })
    run.step({ on: 'token', result: 'ok' })
    assert.deepEqual(run.step(closed(1, { code: 1006 })), ['end 1', 'cancel open', 'check 1'])
    return [run, run.step(checked(1, ending))]
  }

  test('401: one new token, and a second refusal stops', () => {
    const [run, actions] = refused({ status: 401 })
    assert.deepEqual(actions, ['token!'])
    run.step({ on: 'token', result: 'ok' })
    run.step(closed(2, { code: 1006 }))
    assert.deepEqual(run.step(checked(2, { status: 401 })), [])
    assert.deepEqual([run.phase, run.machine.state.reason], ['stopped', 'unauthorized'])
    assert.deepEqual(run.step({ on: 'wake' }), [])
  })

  test('401 with a token that cannot be renewed stops at once', () => {
    const [run] = refused({ status: 401 })
    assert.deepEqual(run.step({ on: 'token', result: 'none' }), [])
    assert.equal(run.phase, 'stopped')
  })

  test('401, then a token that works: the next 401 may ask again', () => {
    const [run] = refused({ status: 401 })
    run.step({ on: 'token', result: 'ok' })
    run.step({ on: 'heard', attempt: 2 })
    assert.deepEqual(run.step(closed(2, { code: 4001 })).at(-1), 'token!')
  })

  test('403 stops', () => {
    const [run, actions] = refused({ status: 403 })
    assert.deepEqual(actions, [])
    assert.deepEqual([run.phase, run.machine.state.reason], ['stopped', 'forbidden'])
  })

  test('429 and 503 obey Retry-After, which waking up does not shorten', () => {
    for (const status of [429, 503]) {
      const [run, actions] = refused({ status, retryAfterMs: 4000 })
      assert.deepEqual(actions, ['timer retry 4400'])
      assert.deepEqual(run.step({ on: 'wake' }), [])
      assert.deepEqual(run.step(fired('retry'), 4400), ['token'])
    }
  })

  test('no answer and 503 are never held against the transport', () => {
    for (const status of [0, 503]) {
      const run = new Run()
      run.step({ on: 'connect' })
      for (let attempt = 1; attempt <= 20; attempt += 1) {
        assert.deepEqual(run.step({ on: 'token', result: 'ok' })[0], `open websocket ${attempt}`)
        run.step(closed(attempt, { code: 1006 }))
        run.step(checked(attempt, { status }))
        run.step(fired('retry'), 30_000)
      }
    }
  })

  test('waking up ends an ordinary wait', () => {
    const [run, actions] = refused({ status: 0 })
    assert.deepEqual(actions, ['timer retry 250'])
    assert.equal(run.machine.state.reason, 'unreachable')
    assert.deepEqual(run.step({ on: 'wake' }), ['cancel retry', 'token'])
  })
})

describe('falling back', () => {
  test('two failures of the WebSocket alone lead to the long poll', () => {
    const run = new Run()
    assert.equal(run.fallBack(), 3)
    assert.deepEqual(run.machine.state, { phase: 'live', transport: 'longpoll', retryAt: null, reason: null })
  })

  test('one failure does not', () => {
    const run = new Run()
    run.step({ on: 'connect' })
    run.step({ on: 'token', result: 'ok' })
    run.step(closed(1, { code: 1006 }))
    assert.deepEqual(run.step(checked(1, { status: 200 })), ['timer retry 250'])
    run.step(fired('retry'), 250)
    assert.deepEqual(run.step({ on: 'token', result: 'ok' })[0], 'open websocket 2')
  })

  test('a stable connection forgives an earlier failure', () => {
    const run = new Run()
    run.step({ on: 'connect' })
    run.step({ on: 'token', result: 'ok' })
    run.step(closed(1, { code: 1006 }))
    run.step(checked(1, { status: 200 }))
    run.step(fired('retry'), 250)
    run.step({ on: 'token', result: 'ok' })
    run.step({ on: 'heard', attempt: 2 })
    run.step(fired('stable'), timing.stableAfter)
    run.step(closed(2, { code: 1006 }))
    run.step(fired('retry'), 250)
    run.step({ on: 'token', result: 'ok' })
    run.step(closed(3, { code: 1006 }))
    assert.deepEqual(run.step(checked(3, { status: 200 })), ['timer retry 500'])
    assert.equal(run.machine.state.transport, 'websocket')
  })

  test('the long poll fails over to plain polling, and round again after a pause', () => {
    const run = new Run()
    let attempt = run.fallBack()
    const seen = []
    for (let round = 0; round < 4; round += 1) {
      run.step(closed(attempt, { status: 404 }))
      if (run.phase === 'waiting') run.step(fired('retry'), 30_000)
      const [open] = run.step({ on: 'token', result: 'ok' })
      seen.push(open.split(' ')[1])
      attempt = Number(open.split(' ')[2])
    }
    assert.deepEqual(seen, ['longpoll', 'poll', 'poll', 'websocket'])
  })

  test('a WebSocket is tried beside the fall-back every minute, and taken over once it speaks', () => {
    const run = new Run()
    run.fallBack()
    assert.deepEqual(run.step(fired('probe'), timing.probeEvery), ['open websocket 4', 'timer candidate 10000'])
    assert.equal(run.machine.state.transport, 'longpoll')
    assert.deepEqual(run.step({ on: 'opened', attempt: 4 }), [])
    assert.deepEqual(run.step({ on: 'heard', attempt: 4 }), [
      'end 3', 'cancel stable', 'cancel candidate', 'timer stable 10000', 'timer quiet 25000',
    ])
    assert.deepEqual([run.phase, run.machine.state.transport], ['live', 'websocket'])
  })

  test('a try that fails or hangs leaves the fall-back alone', () => {
    const run = new Run()
    run.fallBack()
    run.step(fired('probe'), timing.probeEvery)
    assert.deepEqual(run.step(closed(4, { code: 1006 })), ['cancel candidate', 'timer probe 60000'])
    run.step(fired('probe'), timing.probeEvery)
    assert.deepEqual(run.step(fired('candidate'), 10_000), ['end 5', 'timer probe 60000'])
    assert.deepEqual([run.phase, run.machine.state.transport], ['live', 'longpoll'])
  })

  test('a fall-back that ends takes the try along', () => {
    const run = new Run()
    run.fallBack()
    run.step(fired('probe'), timing.probeEvery)
    const actions = run.step(closed(3, { status: 0 }))
    assert.deepEqual(actions.slice(0, 2), ['end 3', 'end 4'])
    assert.equal(run.phase, 'waiting')
    assert.deepEqual(run.step({ on: 'heard', attempt: 4 }), [])
  })

  test('a chosen transport is the only one, and is not probed', () => {
    const run = new Run()
    run.goLive()
    assert.deepEqual(run.step({ on: 'choose', transports: ['sse'] }), ['end 1', 'cancel quiet', 'cancel stable', 'token'])
    assert.deepEqual(run.step({ on: 'token', result: 'ok' })[0], 'open sse 2')
    assert.deepEqual(run.step({ on: 'heard', attempt: 2 }), ['cancel open', 'timer stable 10000', 'timer quiet 60000'])
    for (let attempt = 2; attempt < 6; attempt += 1) {
      run.step(closed(attempt, { status: 404 }))
      run.step(fired('retry'), 30_000)
      assert.deepEqual(run.step({ on: 'token', result: 'ok' })[0], `open sse ${attempt + 1}`)
    }
  })
})

describe('losing a connection', () => {
  test('a draining server names the delay, and no transport is blamed', () => {
    const run = new Run()
    run.goLive()
    assert.deepEqual(run.step(closed(1, { code: 1001, reconnectAfterMs: 3210 })).at(-1), 'timer retry 3210')
    assert.equal(run.machine.state.reason, 'restart')
    assert.deepEqual(run.step({ on: 'wake' }), [])
    assert.deepEqual(run.step({ on: 'connect' }), ['cancel retry', 'token'])
  })

  test('4001 asks for a new token first', () => {
    const run = new Run()
    run.goLive()
    assert.deepEqual(run.step(closed(1, { code: 4001 })), ['end 1', 'cancel quiet', 'cancel stable', 'token!'])
  })

  test('the ranges of close codes tell what to do with unknown ones', () => {
    for (const code of [4000, 4002, 4003, 4004, 4321, 4499, 1006, 1009, 1011, 3000]) {
      const run = new Run()
      run.goLive()
      assert.equal(run.step(closed(1, { code })).at(-1), 'timer retry 250', String(code))
    }
    for (const code of [4500, 4501, 4502, 4777, 4999]) {
      const run = new Run()
      run.goLive()
      run.step(closed(1, { code }))
      assert.deepEqual([run.phase, run.machine.state.reason], ['stopped', `closed ${code}`])
    }
  })

  test('1008 may be a refusal: ask over HTTP', () => {
    const run = new Run()
    run.goLive()
    assert.equal(run.step(closed(1, { code: 1008 })).at(-1), 'check 1')
  })

  test('back-off grows until a connection has been stable', () => {
    const run = new Run()
    run.goLive()
    assert.equal(run.step(closed(1, { code: 1006 })).at(-1), 'timer retry 250')
    run.step(fired('retry'), 250)
    run.step({ on: 'token', result: 'ok' })
    run.step({ on: 'heard', attempt: 2 })
    assert.equal(run.step(closed(2, { code: 1006 })).at(-1), 'timer retry 500')
    run.step(fired('retry'), 500)
    run.step({ on: 'token', result: 'ok' })
    run.step({ on: 'heard', attempt: 3 })
    run.step(fired('stable'), timing.stableAfter)
    assert.equal(run.step(closed(3, { code: 1006 })).at(-1), 'timer retry 250')
  })

  test('connections that worked are never a reason to fall back', () => {
    const run = new Run()
    run.step({ on: 'connect' })
    for (let attempt = 1; attempt < 10; attempt += 1) {
      assert.equal(run.step({ on: 'token', result: 'ok' })[0], `open websocket ${attempt}`)
      run.step({ on: 'heard', attempt })
      run.step(closed(attempt, { code: 1006 }))
      run.step(fired('retry'), 30_000)
    }
  })

  test('what an ended attempt still reports changes nothing', () => {
    const run = new Run()
    run.goLive()
    run.step({ on: 'drop' })
    for (const input of [closed(1, { code: 4500 }), { on: 'heard', attempt: 1 }, { on: 'opened', attempt: 1 }, checked(1, { status: 403 })]) {
      assert.deepEqual(run.step(input), [])
    }
    assert.equal(run.phase, 'waiting')
  })
})

describe('silence', () => {
  test('a socket that hears nothing for 25 s is asked, and dead after 10 more', () => {
    const run = new Run()
    run.goLive()
    assert.deepEqual(run.step(fired('quiet'), 25_000), ['ping 1', 'timer pong 10000', 'timer quiet 25000'])
    assert.deepEqual(run.step(fired('pong'), 10_000), ['end 1', 'cancel quiet', 'cancel stable', 'timer retry 250'])
  })

  test('anything that arrives answers', () => {
    const run = new Run()
    run.goLive()
    run.step(fired('quiet'), 25_000)
    assert.deepEqual(run.step({ on: 'heard', attempt: 1 }, 100), ['cancel pong'])
  })

  test('while something arrives there is no ping', () => {
    const run = new Run()
    run.goLive()
    run.step({ on: 'heard', attempt: 1 }, 24_000)
    assert.deepEqual(run.step(fired('quiet'), 1000), ['timer quiet 24000'])
  })

  test('waking up asks at once whether the socket survived', () => {
    const run = new Run()
    run.goLive()
    assert.deepEqual(run.step({ on: 'wake' }, 3_600_000), ['ping 1', 'timer pong 10000'])
  })

  test('an event stream without its heartbeat is dead after a minute', () => {
    const run = new Run({ transports: ['sse'] })
    run.goLive()
    assert.deepEqual(run.step(fired('quiet'), 60_000), ['end 1', 'cancel stable', 'timer retry 250'])
  })

  test('a long poll has its own time limit', () => {
    const run = new Run({ transports: ['longpoll'] })
    run.step({ on: 'connect' })
    run.step({ on: 'token', result: 'ok' })
    assert.deepEqual(run.step({ on: 'heard', attempt: 1 }), ['cancel open', 'timer stable 10000'])
  })
})
