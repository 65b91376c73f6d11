import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { PealClient } from '../client.js'
import { settle } from '../testing/clock.js'
import { FakeNetwork } from '../testing/network.js'
import { TokenSource } from '../tokens.js'

const open = []
afterEach(() => open.splice(0).forEach((client) => client.close()))

/** A client on a fake network, already connected. */
async function connected(options = {}, network = new FakeNetwork()) {
  const client = new PealClient({ url: 'https://peal.test/', token: 't1', environment: network.environment, ...options })
  open.push(client)
  const told = []
  const errors = []
  client.on('notification', (row) => told.push(`${row.notification_id}@${row.seq}`))
  client.on('error', (error) => errors.push(error))
  client.connect()
  await settle()
  return { client, network, told, errors }
}

const ids = (client) => client.notifications.map((row) => row.notification_id)

describe('WebSocket', () => {
  test('the token is a sub-protocol and never in the address', async () => {
    const { network, client } = await connected()
    assert.deepEqual(network.socket.protocols, ['peal.v1', 'peal.bearer.t1'])
    assert.equal(network.socket.url.href, 'wss://peal.test/ws/notifications?limit=50')
    assert.equal(client.state.phase, 'live')
  })

  test('a like arrives with its exact count', async () => {
    const { client, network, told } = await connected()
    const counts = []
    client.on('count', (count) => counts.push(count))
    await network.publish(network.like('João'))
    await network.publish(network.like('Ana'))
    assert.deepEqual(told, ['n00001@1', 'n00001@2'])
    assert.deepEqual(counts, [{ unread: 1, unseen: 1 }])
    assert.equal(client.notifications[0].actor_count, 2)
  })

  test('a lost connection comes back with the cursor and nothing is missing', async () => {
    const { client, network, told } = await connected()
    await network.publish(network.like('João', '1'))
    network.socket.end(1006)
    network.like('Ana', '2')
    network.like('Bia', '3')
    await network.clock.advance(300)
    assert.equal(network.socket.url.searchParams.get('since'), 'e1.1')
    assert.deepEqual(ids(client), ['n00003', 'n00002', 'n00001'])
    assert.deepEqual(told, ['n00001@1', 'n00002@2', 'n00003@3'])
    assert.equal(client.unread, 3)
  })

  test('a lost frame is read again at once', async () => {
    const { client, network, told } = await connected()
    network.like('João', '1')
    await network.publish(network.like('Ana', '2'))
    assert.deepEqual(network.requests.map((request) => [request.path, request.query.since]), [['/v1/sync', 'e1.0']])
    assert.deepEqual(ids(client), ['n00002', 'n00001'])
    assert.deepEqual(told.sort(), ['n00001@1', 'n00002@2'])
    assert.equal(client.cursor, 'e1.2')
  })

  test('what gets lost while the missing is read is read as well', async () => {
    const { client, network } = await connected()
    network.like('João', '1')
    network.socket.deliver(network.like('Ana', '2'))
    network.like('Bia', '3')
    network.socket.deliver(network.inbox.update('n00001', 'read'))
    await settle()
    assert.equal(client.cursor, 'e1.4')
    assert.deepEqual(client.notifications.map((row) => row.is_read), [false, false, true])
  })

  test('where the missing changes cannot be read, a new connection brings them', async () => {
    const { client, network } = await connected()
    network.overrides.set('/v1/sync', { status: 500 })
    network.like('João', '1')
    await network.publish(network.like('Ana', '2'))
    await network.clock.advance(300)
    assert.equal(network.sockets.length, 2)
    assert.deepEqual(ids(client), ['n00002', 'n00001'])
  })

  test('a changed epoch starts over', async () => {
    const { client, network, told } = await connected()
    await network.publish(network.like('João', '1'))
    network.inbox.epoch = 'e2'
    network.socket.end(1006)
    await network.clock.advance(300)
    assert.equal(client.cursor, 'e2.1')
    assert.deepEqual(told, ['n00001@1'])
  })

  test('commands carry an id and resolve with their reply', async () => {
    const { client, network } = await connected()
    await network.publish(network.like('João'))
    network.socket.answer = (frame) => {
      network.inbox.update(frame.notification_id, 'read')
      network.socket.deliver({ type: 'marked_read', id: frame.id, notification_id: frame.notification_id, ...network.inbox.counts })
    }
    const reply = await client.markRead('n00001')
    assert.deepEqual(network.socket.received, [{ type: 'mark_read', notification_id: 'n00001', id: '1' }])
    assert.equal(reply.type, 'marked_read')
    assert.equal(client.unread, 0)
    assert.equal(client.notifications[0].is_read, true)
  })

  test('mark all read says up to where', async () => {
    const { client, network } = await connected()
    await network.publish(network.like('João'))
    network.socket.answer = (frame) => {
      network.inbox.mark('read_all', frame.up_to_seq)
      network.socket.deliver({ type: 'marked_all_read', id: frame.id, count: 1, ...network.inbox.counts })
    }
    await client.markAllRead()
    assert.deepEqual(network.socket.received[0], { type: 'mark_all_read', up_to_seq: 1, id: '1' })
    assert.deepEqual([client.unread, client.notifications[0].is_read], [0, true])
  })

  test('a refused command rejects and the session lives on', async () => {
    const { client, network } = await connected()
    network.socket.answer = (frame) => network.socket.deliver({ type: 'error', id: frame.id, code: 'not_found', message: 'No such notification.' })
    await assert.rejects(client.archive('nope'), { name: 'PealError', code: 'not_found', message: 'No such notification.' })
    assert.equal(client.state.phase, 'live')
  })

  test('a command whose socket dies is carried out over HTTP', async () => {
    const { client, network } = await connected()
    await network.publish(network.like('João'))
    const marked = client.markRead('n00001')
    network.socket.end(1006)
    await marked
    assert.equal(client.unread, 0)
    assert.ok(network.paths().includes('POST /v1/notifications/n00001/read'))
  })

  test('silence is asked about, and a socket that does not answer is left', async () => {
    const { client, network } = await connected()
    await network.clock.advance(25_000)
    assert.deepEqual(network.socket.received, [{ type: 'ping' }])
    await network.clock.advance(10_500)
    assert.equal(network.sockets.length, 2)
    assert.equal(client.state.phase, 'live')
  })

  test('a pong keeps it', async () => {
    const { network } = await connected()
    network.socket.answer = () => network.socket.deliver({ type: 'pong', timestamp: 1 })
    await network.clock.advance(300_000)
    assert.equal(network.sockets.length, 1)
    assert.equal(network.socket.received.length, 12)
  })

  test('an expiring token is renewed on the living socket', async () => {
    let tokens = 0
    const { network } = await connected({ token: async () => `t${++tokens}` })
    network.socket.answer = (frame) => network.socket.deliver({ type: 'token_refreshed', id: frame.id, expires_at: 'later' })
    network.socket.deliver({ type: 'token_expiring', expires_at: 'soon' })
    await settle()
    assert.deepEqual(network.socket.received, [{ type: 'refresh_token', token: 't2', id: '1' }])
  })

  test('what other systems publish for the user is passed on', async () => {
    const { client, network } = await connected()
    const messages = []
    client.on('message', (message) => messages.push(message))
    network.socket.deliver({ type: 'new_message', message_id: 'm1' })
    network.socket.deliver({ anything: true })
    assert.deepEqual(messages, [{ type: 'new_message', message_id: 'm1' }, { anything: true }])
  })

  test('a listener that throws keeps nobody from hearing', async (context) => {
    const { client, network, told } = await connected()
    const reported = context.mock.method(console, 'error', () => {})
    client.on('change', () => { throw new Error('from a listener') })
    await network.publish(network.like('João'))
    assert.deepEqual(told, ['n00001@1'])
    assert.equal(reported.mock.calls[0].arguments[0].message, 'from a listener')
  })
})

describe('tokens', () => {
  test('a refused token is replaced once', async () => {
    const asked = []
    const network = new FakeNetwork()
    const { client } = await connected({ token: () => { asked.push(1); return asked.length === 1 ? 'old' : 't1' } }, network)
    await settle()
    assert.equal(asked.length, 2)
    assert.equal(client.state.phase, 'live')
    assert.deepEqual(network.requests[0].headers.Authorization, 'Bearer old')
  })

  test('a token that stays refused stops the client', async () => {
    const { client, network } = await connected({ token: () => 'bad' })
    await network.clock.advance(120_000)
    assert.deepEqual([client.state.phase, client.state.reason], ['stopped', 'unauthorized'])
    assert.equal(network.sockets.length, 2)
  })

  test('a new token brings a stopped client back', async () => {
    const { client, network } = await connected({ token: 'expired' })
    assert.equal(client.state.phase, 'stopped')
    await client.refreshToken('t1')
    await settle()
    assert.equal(client.state.phase, 'live')
    assert.equal(network.socket.protocols[1], 'peal.bearer.t1')
  })

  test('two who need a new token at once ask once', async () => {
    let asked = 0
    const source = new TokenSource(async () => `t${++asked}`)
    assert.deepEqual(await Promise.all([source.get(false), source.get(false)]), ['t1', 't1'])
    assert.deepEqual(await Promise.all([source.get(true), source.get(true)]), ['t2', 't2'])
  })

  test('a token function that fails is asked again', async () => {
    let calls = 0
    const { client, network, errors } = await connected({ token: async () => { if (++calls < 3) throw new Error('offline'); return 't1' } })
    assert.equal(client.state.phase, 'waiting')
    await network.clock.advance(5000)
    assert.equal(client.state.phase, 'live')
    assert.equal(errors.length, 2)
  })
})

describe('fall-back', () => {
  const blocked = () => Object.assign(new FakeNetwork(), { websocket: 'refused' })

  test('a blocked WebSocket leads to the long poll, and back once it is free', async () => {
    const network = blocked()
    const { client, told } = await connected({}, network)
    await network.clock.advance(1000)
    assert.deepEqual([client.state.phase, client.state.transport], ['live', 'longpoll'])
    await network.publish(network.like('João', '1'))
    assert.deepEqual(told, ['n00001@1'])
    network.websocket = 'ok'
    await network.clock.advance(60_000)
    assert.deepEqual([client.state.phase, client.state.transport], ['live', 'websocket'])
    await network.publish(network.like('Ana', '2'))
    assert.deepEqual(told, ['n00001@1', 'n00002@2'])
    assert.equal(network.socket.url.searchParams.get('since'), 'e1.1')
  })

  test('commands go over HTTP meanwhile', async () => {
    const network = blocked()
    const { client } = await connected({}, network)
    await network.clock.advance(1000)
    await network.publish(network.like('João', '1'))
    await network.publish(network.like('Ana', '2'))
    await client.markRead(['n00001', 'n00002'])
    assert.equal(client.unread, 0)
    await client.markUnread('n00001')
    assert.equal(client.unread, 1)
    await client.markAllRead()
    assert.deepEqual(network.requests.find((request) => request.path.endsWith('read-all')).body, { up_to_seq: 5 })
    await client.archive('n00002')
    await settle()
    assert.deepEqual(ids(client), ['n00001'])
    await assert.rejects(client.markRead('a/b'), { status: 404, code: 'not_found' })
    assert.ok(network.paths().includes('POST /v1/notifications/a%2Fb/read'))
  })

  test('of several rows only those are marked that the server marked', async () => {
    const network = blocked()
    const { client } = await connected({ transports: ['longpoll'] }, network)
    await network.publish(network.like('João', '1'))
    await network.publish(network.like('Ana', '2'))
    network.overrides.set('/v1/notifications/n00002/read', { status: 503, body: { detail: 'Full.', code: 'busy' } })
    await assert.rejects(client.markRead(['n00001', 'n00002']), { status: 503, code: 'busy', message: 'Full.' })
    assert.deepEqual(client.notifications.map((row) => row.is_read), [false, true])
    assert.equal(client.unread, 1)
  })

  test('a command with an expired token gets a new one', async () => {
    const network = new FakeNetwork()
    let issued = 0
    const { client } = await connected({ transports: ['poll'], token: () => `t${++issued}` }, network)
    const { data } = network.like('João', '1')
    network.validTokens = new Set(['t2'])
    await client.markRead(data.notification_id)
    assert.equal(network.inbox.counts.unread_count, 0)
    network.validTokens = new Set()
    await assert.rejects(client.markUnread(data.notification_id), { status: 401, code: 'token_invalid' })
  })

  test('an HTTP answer ahead of the frames is not trusted for rows', async () => {
    const network = blocked()
    const { client } = await connected({ transports: ['poll'] }, network)
    const first = network.like('João', '1')
    await client.list()
    network.like('Ana', '1')
    await client.markRead(first.data.notification_id)
    await settle()
    assert.equal(client.notifications[0].actor_count, 2)
    assert.deepEqual([client.notifications[0].is_read, client.cursor], [true, 'e1.3'])
  })

  test('a proxy that opens sockets and swallows frames is gone round', async () => {
    const network = Object.assign(new FakeNetwork(), { websocket: 'mute' })
    const { client } = await connected({}, network)
    await network.clock.advance(21_000)
    assert.deepEqual([client.state.phase, client.state.transport], ['live', 'longpoll'])
  })

  test('without any WebSocket in the browser it starts lower', async () => {
    const network = new FakeNetwork()
    const { client } = await connected({ environment: { ...network.environment, WebSocket: undefined } }, network)
    assert.deepEqual([client.state.phase, client.state.transport], ['live', 'longpoll'])
  })

  test('a server that is down is waited for, not worked around', async () => {
    const network = blocked()
    network.overrides.set('/v1/notifications/unread-count', { status: 0 })
    const { client } = await connected({}, network)
    await network.clock.advance(600_000)
    assert.equal(client.state.transport, 'websocket')
    assert.ok(network.sockets.length > 20 && network.sockets.length < 60, `${network.sockets.length} attempts in ten minutes`)
    network.websocket = 'ok'
    await network.clock.advance(30_000)
    assert.equal(client.state.phase, 'live')
  })

  test('Retry-After is obeyed to the second', async () => {
    const network = blocked()
    network.overrides.set('/v1/notifications/unread-count', { status: 503, headers: { 'retry-after': '7' } })
    const { client } = await connected({}, network)
    assert.equal(client.state.phase, 'waiting')
    await network.clock.advance(7000)
    assert.equal(network.sockets.length, 1)
    await network.clock.advance(1400)
    assert.equal(network.sockets.length, 2)
  })
})

describe('long poll', () => {
  const options = { transports: ['longpoll'] }

  test('the first request does not wait, the next do, from the cursor', async () => {
    const { network } = await connected(options)
    await network.publish(network.like('João'))
    assert.deepEqual(network.requests.map(({ query }) => query), [
      { wait: '0', limit: '50' }, { since: 'e1.0', wait: '25', limit: '50' }, { since: 'e1.1', wait: '25', limit: '50' },
    ])
  })

  test('answers without news do not become a busy loop', async () => {
    const { network } = await connected(options)
    const stale = network.inbox.sync(0)
    network.overrides.set('/v1/sync', { status: 200, body: stale })
    await network.publish(network.like('João'))
    network.requests.length = 0
    await network.clock.advance(10_000)
    assert.ok(network.requests.length <= 11, `${network.requests.length} requests`)
  })

  test('closing ends the waiting request', async () => {
    const { client, network, told } = await connected(options)
    client.close()
    await network.publish(network.like('João'))
    assert.deepEqual(told, [])
    assert.equal(network.requests.length, 2)
  })
})

describe('poll', () => {
  const options = { transports: ['poll'], pollEveryMs: 10_000 }

  test('asks with the ETag and tells what is new', async () => {
    const { network, told, client } = await connected(options)
    network.like('João', '1')
    await network.clock.advance(10_000)
    await network.clock.advance(10_000)
    assert.deepEqual(network.requests.map(({ headers }) => headers['If-None-Match']), [undefined, '"e1.0"', '"e1.1"'])
    assert.deepEqual(told, ['n00001@1'])
    assert.equal(client.unread, 1)
  })

  test('a page of HTML from a proxy is a failure, not a list', async () => {
    const network = new FakeNetwork()
    network.overrides.set('/v1/notifications', { status: 200 })
    const { client } = await connected(options, network)
    assert.deepEqual([client.state.phase, client.state.reason], ['waiting', 'failed'])
  })
})

describe('SSE', () => {
  const options = { transports: ['sse'] }

  test('reads events, resumes with since', async () => {
    const { client, network, told } = await connected(options)
    assert.deepEqual([client.state.phase, client.state.transport], ['live', 'sse'])
    await network.publish(network.like('João', '1'))
    network.streams[0].end()
    network.like('Ana', '2')
    await network.clock.advance(300)
    assert.equal(network.requests.at(-1).query.since, 'e1.1')
    assert.deepEqual(told, ['n00001@1', 'n00002@2'])
  })

  test('a close event carries code and delay', async () => {
    const { client, network } = await connected(options)
    network.streams[0].write('event: close\ndata: {"code":1001,"reconnect_after_ms":5000}\n\n')
    await settle()
    assert.deepEqual([client.state.phase, client.state.reason], ['waiting', 'restart'])
    await network.clock.advance(4900)
    assert.equal(network.requests.length, 1)
    await network.clock.advance(200)
    assert.equal(network.requests.length, 2)
  })

  test('heartbeats keep it, silence ends it', async () => {
    const { network } = await connected(options)
    for (let beat = 0; beat < 4; beat += 1) {
      await network.clock.advance(25_000)
      network.streams[0].write('event: ping\ndata: {}\n\n')
      await settle()
    }
    assert.equal(network.requests.length, 1)
    await network.clock.advance(61_000)
    assert.equal(network.requests.length, 2)
  })
})

describe('resuming', () => {
  test('the cursor is remembered, and the list is filled after it', async () => {
    const values = new Map()
    const storage = { getItem: (key) => values.get(key) ?? null, setItem: (key, value) => values.set(key, value) }
    const network = new FakeNetwork()
    network.like('João', '1')
    const { client } = await connected({ storage, storageKey: 'cursor' }, network)
    assert.equal(values.get('cursor'), 'e1.1')
    client.close()
    network.like('Ana', '2')
    const second = await connected({ storage, storageKey: 'cursor', transports: ['longpoll'] }, network)
    await settle()
    assert.deepEqual(second.told, ['n00002@2'])
    assert.deepEqual(ids(second.client), ['n00002', 'n00001'])
  })

  test('older pages join the list', async () => {
    const network = new FakeNetwork()
    for (let index = 0; index < 5; index += 1) network.like('João', String(index))
    const { client } = await connected({ transports: ['poll'], limit: 2 }, network)
    assert.deepEqual([ids(client), client.hasOlder], [['n00005', 'n00004'], true])
    await client.loadOlder()
    assert.deepEqual([ids(client), client.hasOlder], [['n00005', 'n00004', 'n00003', 'n00002'], true])
    await client.loadOlder()
    assert.deepEqual([ids(client).length, client.hasOlder], [5, false])
  })

  test('older pages are found after a first page that does not say where they begin', async () => {
    const { client, network } = await connected({ transports: ['longpoll'], limit: 2 })
    for (let index = 0; index < 3; index += 1) network.like('João', String(index))
    const { next_cursor, ...first } = network.inbox.load({ limit: 2 })
    network.overrides.set('/v1/sync', { status: 200, body: { ...first, reset: true } })
    client.close()
    client.connect()
    await settle()
    assert.deepEqual([ids(client), client.hasOlder], [['n00003', 'n00002'], true])
    await client.loadOlder()
    assert.deepEqual([ids(client), client.hasOlder], [['n00003', 'n00002', 'n00001'], false])
  })

  test('going offline and back loses nothing', async () => {
    const { client, network, told } = await connected()
    client.close()
    assert.equal(network.socket.closedWith, 1000)
    network.like('João', '1')
    client.connect()
    await settle()
    assert.deepEqual(told, ['n00001@1'])
  })
})

describe('A ticket instead of a header', () => {
  test('it stands in the address of one request, beside the cursor', async () => {
    const { client, network } = await connected()
    await network.publish(network.like('João'))
    const sse = new URL(await client.ticketAddress())
    assert.deepEqual([sse.pathname, Object.fromEntries(sse.searchParams)], ['/sse/notifications', { ticket: 'k1', since: 'e1.1' }])
    assert.equal(new URL(await client.ticketAddress('/ws/notifications')).pathname, '/ws/notifications')
    assert.equal(network.requests.at(-1).headers.Authorization, 'Bearer t1')
  })

  test('a refusal is an error', async () => {
    const { client, network } = await connected()
    network.overrides.set('/v1/tickets', { status: 429, body: { code: 'too_many_tickets', detail: 'wait' } })
    await assert.rejects(client.ticketAddress(), { status: 429, code: 'too_many_tickets', message: 'wait' })
  })
})
