import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, retryAfter } from '../http.js'
import { EventParser } from '../sse.js'
import { parse, reconnectAfter } from '../websocket.js'

test('addresses keep a path prefix and leave out what is not set', () => {
  assert.equal(address('https://x.test/peal/', '/v1/sync', { since: 'e1.4', wait: 0, limit: null }), 'https://x.test/peal/v1/sync?since=e1.4&wait=0')
})

test('Retry-After in seconds, as a date, or nonsense', () => {
  const environment = { now: () => Date.parse('2026-01-15T10:00:00Z') }
  const of = (value) => retryAfter(new Headers(value === null ? {} : { 'retry-after': value }), environment)
  assert.deepEqual(of('3'), { retryAfterMs: 3000 })
  assert.deepEqual(of('Thu, 15 Jan 2026 10:00:05 GMT'), { retryAfterMs: 5000 })
  assert.deepEqual(of('Thu, 15 Jan 2026 09:00:00 GMT'), { retryAfterMs: 0 })
  assert.deepEqual(of('soon'), {})
  assert.deepEqual(of(null), {})
})

test('events are found wherever the chunks are cut', () => {
  const text = ': hello\r\nid: e1.1\r\nevent: notification\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:x\n\nevent: lost\n\n'
  const expected = [{ type: 'notification', data: '{"a":\n1}' }, { type: 'message', data: 'x' }]
  for (let size = 1; size <= text.length; size += 1) {
    const parser = new EventParser()
    const events = []
    for (let start = 0; start < text.length; start += size) events.push(...parser.feed(text.slice(start, start + size)))
    assert.deepEqual(events, expected, `chunks of ${size}`)
  }
})

test('only JSON objects are frames', () => {
  assert.deepEqual(parse('{"type":"pong"}'), { type: 'pong' })
  for (const text of ['pong', '[1]', 'null', '7', '', undefined]) assert.equal(parse(text), null)
})

test('a close reason may name a delay', () => {
  assert.deepEqual(reconnectAfter('{"reconnect_after_ms":120}'), { reconnectAfterMs: 120 })
  for (const reason of ['', 'bye', '{"reconnect_after_ms":-1}', '{"reconnect_after_ms":"1"}']) assert.deepEqual(reconnectAfter(reason), {})
})
