import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyFrame, emptyInbox, listed, resumeFrom } from '../inbox.js'
import { seededRandom } from '../testing/clock.js'
import { ModelInbox } from '../testing/model.js'

/** Repeat a failure with PEAL_SEED=…; run longer with PEAL_ROUNDS=…. */
const firstSeed = Number(process.env.PEAL_SEED ?? Date.now() % 1_000_000_000)
const rounds = Number(process.env.PEAL_ROUNDS ?? 200)
const steps = 120

/** One client behind a channel that loses, repeats and reorders what a random walk of the inbox produces. */
class History {
  constructor(seed) {
    this.random = seededRandom(seed)
    this.time = Date.UTC(2026, 0, 15)
    this.model = new ModelInbox('maria', { now: () => (this.time += 1000) })
    this.inbox = emptyInbox()
    this.channel = []
    this.shown = new Set()
    this.told = new Map()
  }

  below(count) {
    return Math.floor(this.random() * count)
  }

  /** One change of the inbox, made by anyone. */
  mutate() {
    const ids = [...this.model.rows.keys()]
    const id = ids[this.below(ids.length)]
    const updates = ['read', 'unread', 'seen', 'archived', 'unarchived', 'deleted']
    const kind = this.below(10)
    if (kind < 5 || !id) return this.model.create({ actor: this.actor(), target: String(this.below(4)) })
    if (kind < 8) return this.model.update(id, updates[this.below(updates.length)])
    const upToSeq = this.model.seq - this.below(4)
    return this.model.mark(kind === 8 ? 'read_all' : 'seen_all', Math.max(0, upToSeq))
  }

  actor() {
    const number = this.below(30)
    return { id: `u${number}`, name: `User ${number}` }
  }

  /** A snapshot that travels beside the live frames: what a list, a resume or a poll would answer now. */
  snapshot() {
    switch (this.below(4)) {
      case 0: return { ...this.model.page({ limit: 1 + this.below(5) }), type: 'notifications', page: 'filtered' }
      case 1: return this.model.sync(Math.max(0, this.model.seq - this.below(12)), 1 + this.below(6))
      case 2: return { type: 'unread_count', cursor: this.model.cursor, seq: this.model.seq, data: { count: this.model.counts.unread_count, unseen: this.model.counts.unseen_count } }
      default: return this.model.load({ limit: 5 })
    }
  }

  send(frame) {
    if (!frame) return
    const copies = this.random() < 0.15 ? 0 : this.random() < 0.15 ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      const place = this.random() < 0.3 ? this.below(this.channel.length + 1) : this.channel.length
      this.channel.splice(place, 0, structuredClone(frame))
    }
  }

  /** The client takes a frame; what it asks for is answered, or lost as well. */
  receive(frame) {
    const { inbox, announced, resync } = applyFrame(this.inbox, frame)
    const back = inbox.seq < this.inbox.seq
    assert.ok(!back, `the cursor went back from ${this.inbox.seq} to ${inbox.seq}`)
    this.inbox = inbox
    for (const row of announced) this.show(row)
    if (resync !== null && this.random() < 0.6) this.send(this.answer(resync))
  }

  show(row) {
    const key = `${row.notification_id}@${row.seq}`
    assert.ok(!this.shown.has(key), `${key} was shown twice`)
    assert.ok((this.told.get(row.notification_id) ?? -1) < row.seq, `${key} was shown after a younger state`)
    this.shown.add(key)
    this.told.set(row.notification_id, row.seq)
  }

  answer(cursor) {
    return cursor === '' ? this.model.load({ limit: 1000 }) : this.model.resume(cursor, { limit: 1 + this.below(20) })
  }

  /** The network behaves again: whatever is left arrives, then the client reads from its cursor until nothing is missing. */
  settle() {
    while (this.channel.length > 0) this.receive(this.channel.shift())
    for (let more = true; more;) {
      const frame = this.answer(resumeFrom(this.inbox) ?? '')
      this.receive(frame)
      more = frame.has_more && frame.type === 'sync'
    }
    // The older pages of the list, which no live frame brings.
    for (let offset = 0; offset !== null;) {
      const page = this.model.page({ limit: 50, offset })
      this.receive({ ...page, type: 'notifications', page: 'further' })
      offset = page.next_cursor === null ? null : Number(page.next_cursor)
    }
  }

  check() {
    const fields = ({ notification_id, status, is_read, is_seen, actor_count, seq }) => ({ notification_id, status, is_read, is_seen, actor_count, seq })
    const expected = this.model.page({ limit: 10_000 }).notifications.map(fields)
    // A client that made a row read by a mark keeps the row's own seq, as the server does.
    assert.deepEqual(listed(this.inbox).map(fields), expected)
    assert.deepEqual(
      { unread_count: this.inbox.unread, unseen_count: this.inbox.unseen, cursor: this.inbox.cursor },
      { unread_count: this.model.counts.unread_count, unseen_count: this.model.counts.unseen_count, cursor: this.model.cursor },
    )
    const unreadRows = listed(this.inbox).filter((row) => !row.is_read).length
    assert.equal(this.inbox.unread, unreadRows, 'the count and the rows disagree')
  }
}

test(`any loss, repetition and order of frames converges (PEAL_SEED=${firstSeed}, ${rounds} histories)`, () => {
  for (let seed = firstSeed; seed < firstSeed + rounds; seed += 1) {
    try {
      const history = new History(seed)
      history.receive(history.model.load())
      for (let step = 0; step < steps; step += 1) {
        history.send(history.random() < 0.12 ? history.snapshot() : history.mutate())
        while (history.channel.length > 0 && history.random() < 0.5) history.receive(history.channel.shift())
      }
      history.settle()
      history.check()
    } catch (error) {
      throw new Error(`repeat with PEAL_SEED=${seed} PEAL_ROUNDS=1: ${error.message}`, { cause: error })
    }
  }
})

test('without loss every unread event is told, once, in order', () => {
  const history = new History(7)
  history.receive(history.model.load())
  let created = 0
  for (let step = 0; step < 300; step += 1) {
    const frame = history.mutate()
    if (frame?.type === 'notification') created += 1
    if (frame) history.receive(frame)
  }
  assert.equal(history.shown.size, created)
  history.settle()
  history.check()
})
