import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backoff } from '../backoff.js'

test('delays double from half a second up to thirty', () => {
  const backoff = new Backoff({ random: () => 0.999999 })
  const delays = Array.from({ length: 9 }, () => Math.round(backoff.next() / 100) / 10)
  assert.deepEqual(delays, [0.5, 1, 2, 4, 8, 16, 30, 30, 30])
})

test('jitter is full: any delay from zero on', () => {
  const backoff = new Backoff({ random: () => 0 })
  assert.deepEqual([backoff.next(), backoff.next()], [0, 0])
})

test('a reset starts over', () => {
  const backoff = new Backoff({ random: () => 0.5 })
  backoff.next()
  backoff.next()
  backoff.reset()
  assert.equal(backoff.next(), 250)
})

test('a day of failures stays at the cap', () => {
  const backoff = new Backoff({ random: () => 0.5 })
  for (let index = 0; index < 5000; index += 1) backoff.next()
  assert.equal(backoff.next(), 15_000)
})

test('a delay that the server named is never cut', () => {
  assert.equal(new Backoff({ random: () => 0 }).after(2000), 2000)
  assert.equal(new Backoff({ random: () => 1 }).after(2000), 2400)
})
