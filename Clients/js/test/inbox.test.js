import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { applyFrame, emptyInbox, listed } from '../inbox.js'

const { cases } = JSON.parse(readFileSync(new URL('../../../spec/vectors/inbox.json', import.meta.url), 'utf8'))

/** Keeps the fields that a vector speaks of. */
const only = (row, fields) => Object.fromEntries(Object.keys(fields).map((name) => [name, row?.[name]]))

describe('spec/vectors/inbox.json', () => {
  for (const { name, start, frames, expect } of cases) {
    test(name, () => {
      let inbox = emptyInbox()
      if (start) inbox = applyFrame(inbox, start).inbox
      const announced = []
      let resync = null
      for (const frame of frames) {
        const result = applyFrame(inbox, frame)
        inbox = result.inbox
        resync = result.resync
        announced.push(...result.announced.map((row) => [row.notification_id, row.seq]))
      }
      const rows = listed(inbox)
      assert.equal(inbox.cursor, expect.cursor)
      assert.deepEqual(rows.map((row) => row.notification_id), expect.rows.map((row) => row.notification_id))
      assert.deepEqual(rows.map((row, index) => only(row, expect.rows[index])), expect.rows)
      assert.equal(inbox.unread, expect.unread_count)
      assert.equal(inbox.unseen, expect.unseen_count)
      assert.deepEqual(announced, expect.announced)
      assert.equal(resync, expect.resync)
    })
  }
})

test('a frame leaves the inbox before it as it was', () => {
  const before = applyFrame(emptyInbox(), cases.find((one) => one.start).start).inbox
  const copy = structuredClone(before)
  for (const { frames } of cases) frames.reduce((inbox, frame) => applyFrame(inbox, frame).inbox, before)
  assert.deepEqual(before, copy)
})

test('resuming from a bare cursor announces what came meanwhile', () => {
  const missed = cases.find((one) => one.name === 'a sync in pages, counts in the last')
  const announced = []
  let inbox = emptyInbox('e1.2')
  for (const frame of missed.frames) {
    const result = applyFrame(inbox, frame)
    inbox = result.inbox
    announced.push(...result.announced.map((row) => row.notification_id))
  }
  assert.deepEqual(announced, ['c', 'd'])
  assert.equal(inbox.listed, false)
})

test('a polled page stands for the whole list', () => {
  const start = cases.find((one) => one.start).start
  let inbox = applyFrame(emptyInbox(), start).inbox
  const page = { ...start, type: 'page', seq: 3, cursor: 'e1.3', notifications: [{ ...start.notifications[0], notification_id: 'c', seq: 3 }] }
  const result = applyFrame(inbox, page)
  assert.deepEqual(listed(result.inbox).map((row) => row.notification_id), ['c'])
  assert.deepEqual(result.announced.map((row) => row.notification_id), ['c'])
  inbox = result.inbox
  const [row] = page.notifications
  const later = [{ ...row, notification_id: 'e', seq: 5 }, { ...row, notification_id: 'd', seq: 4 }]
  const news = applyFrame(inbox, { ...page, seq: 5, cursor: 'e1.5', notifications: [...later, row] })
  assert.deepEqual(news.announced.map((one) => one.notification_id), ['d', 'e'], 'in the order in which they happened')
  assert.deepEqual(applyFrame(inbox, page).announced, [])
  assert.deepEqual(listed(applyFrame(inbox, { ...start, type: 'page' }).inbox).map((row) => row.notification_id), ['c'])
})
