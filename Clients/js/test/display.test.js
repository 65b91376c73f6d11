import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeState, initials, relativeTime, safeUrl, wording } from '../display.js'

test('only http, https and relative addresses are followed', () => {
  const base = 'https://app.test/inbox'
  assert.equal(safeUrl('/posts/42', base), 'https://app.test/posts/42')
  assert.equal(safeUrl('posts/42', base), 'https://app.test/posts/42')
  assert.equal(safeUrl('http://other.test/', base), 'http://other.test/')
  for (const url of ['javascript:alert(1)', ' java\tscript:alert(1)', 'data:text/html,x', 'mailto:a@b', 'vbscript:x', 'https://', '', null, undefined]) {
    assert.equal(safeUrl(url, base), null, String(url))
  }
})

test('a rendered text stands alone, what somebody wrote is quoted under a headline that names them', () => {
  const actors = [{ id: 'joao', name: 'João' }]
  const of = (title, message, who = actors) => wording({ title, message, actors: who })
  assert.deepEqual(of('Nova curtida', 'João e mais 10 pessoas curtiram seu post'), ['João e mais 10 pessoas curtiram seu post', ''])
  assert.deepEqual(of('João comentou seu post', 'Ótimo!'), ['João comentou seu post', 'Ótimo!'])
  assert.deepEqual(of('Novo comentário', 'Ótimo!'), ['João · Novo comentário', 'Ótimo!'])
  assert.deepEqual(of('Manutenção', 'Hoje às 22 h', []), ['Hoje às 22 h', ''])
  assert.deepEqual(of('Só um título', '', []), ['Só um título', ''])
})

test('initials', () => {
  assert.deepEqual(['Maria', 'joão da silva', '  Ana  Lima ', '😀 Smile', ''].map(initials), ['M', 'JD', 'AL', '😀S', ''])
})

test('times are told in the reader’s language and never as zero', () => {
  const now = Date.parse('2026-01-15T12:00:00Z')
  const ago = (seconds, locale = 'en') => relativeTime(new Date(now - seconds * 1000).toISOString(), locale, now)
  assert.deepEqual([0, 44, 50, 90, 3500, 3580, 7200, 86000, 200000].map((seconds) => ago(seconds)), [
    'now', 'now', '1 minute ago', '2 minutes ago', '58 minutes ago', '1 hour ago', '2 hours ago', 'yesterday', '2 days ago',
  ])
  assert.equal(ago(300, 'pt-BR'), 'há 5 minutos')
  assert.equal(relativeTime('2027-01-01T00:00:00Z', 'en', now), 'now')
})

test('a connection in a few words', () => {
  const of = (phase, reason = null, transport = 'longpoll') => describeState({ phase, transport, reason, retryAt: null })
  assert.equal(of('live'), 'Live · long poll')
  assert.equal(of('waiting', 'lost'), 'Reconnecting')
  assert.equal(of('waiting', 'restart'), 'Server restarting, retrying')
  assert.equal(of('stopped', 'unauthorized'), 'Stopped: the token was refused')
  assert.equal(of('stopped', 'closed 4500'), 'Stopped: closed 4500')
})
