// @ts-check
import { button, element, emphasized, icon, iconOf, label } from '/demo/elements.js'
import { PreferencePanel } from '/demo/preferences.js'
import { PealClient, describeState, initials, relativeTime, safeUrl, wording } from '/client/index.js'

/** @typedef {import('../../../Clients/js/types.js').Notification} Notification */
/** @typedef {import('../../../Clients/js/types.js').ConnectionState} ConnectionState */
/** @typedef {{id: string, name: string, locale: string}} Person */

/** @type {Person[]} */
const people = [
  { id: 'maria', name: 'Maria', locale: 'pt-BR' },
  { id: 'joao', name: 'João', locale: 'pt-BR' },
]
const post = { target_type: 'post', target_id: '42' }
const pollEveryMs = 5000
const toastMs = 5000
const snoozeMs = 15000

/** @type {Record<ConnectionState['phase'], string>} */
const tones = { live: 'good', connecting: 'wait', waiting: 'wait', stopped: 'bad', idle: 'off' }

/** @type {PersonCard[]} */
const cards = []
const bell = new Audio('/notification.mp3')
bell.preload = 'none'
let soundOn = false

/** @param {string} selector @param {ParentNode} [root] @returns {any} */
const find = (selector, root = document) => root.querySelector(selector)

/** @param {string} path @param {object} body */
function post_(path, body) {
  return fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
}

class NoSession extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`No session: ${status}`)
    this.status = status
  }
}

/** @param {Person} person @returns {Promise<string>} */
async function sessionToken(person) {
  const response = await post_('/demo/session', { user_id: person.id, name: person.name, locale: person.locale })
  if (!response.ok) throw new NoSession(response.status)
  return (await response.json()).token
}

/** One person: a client, and what it shows. */
class PersonCard {
  filter = 'all'
  /** @type {Map<string, {item: HTMLElement, row: Notification | null}>} */
  rows = new Map()
  /** @type {any} */
  countdown = null

  /** @param {Person} person @param {Person} other @param {number} index @param {string} token */
  constructor(person, other, index, token) {
    this.person = person
    this.other = other
    this.index = index
    this.root = find('#person').content.firstElementChild.cloneNode(true)
    let first = /** @type {string | null} */ (token)
    this.client = new PealClient({
      url: location.origin,
      pollEveryMs,
      token: () => {
        const ready = first
        first = null
        return ready ?? sessionToken(person)
      },
    })
    this.preferences = new PreferencePanel(this.root, () => sessionToken(person), (text, options) => this.toast(text, options))
    this.dress()
    this.listen()
  }

  /** @param {string} name @returns {any} */
  part(name) {
    return find(`[data-part="${name}"]`, this.root)
  }

  dress() {
    const { person, other } = this
    this.root.classList.toggle('second', this.index === 1)
    this.root.setAttribute('aria-label', person.name)
    this.root.dataset.user = person.id
    this.part('name').textContent = person.name
    this.part('avatar').textContent = initials(person.name)
    this.part('avatar').classList.add(`tint-${this.index}`)
    this.part('tab').href = `/demo?user=${encodeURIComponent(person.id)}`
    label(this.part('tab'), `Open ${person.name} in another tab`)
    this.part('empty-text').textContent = `Nothing yet. Let ${other.name} like ${person.name}’s post.`
    this.part('act-title').textContent = `Act as ${person.name}, on ${other.name}’s post`
    this.part('comment-label').textContent = `Comment on ${other.name}’s post`
    this.part('locale').value = person.locale
    find('[data-act="burst"]', this.root).title = `Eleven people like ${other.name}’s post at once`
  }

  listen() {
    const { client } = this
    client.on('change', () => this.render())
    client.on('state', () => this.renderState())
    client.on('notification', (row) => this.announce(row))
    client.on('error', (error) => this.fail(error))
    client.on('frame', (frame) => wire(this, '←', frame))
    client.on('sent', (frame) => wire(this, '→', frame))
    this.part('bell').addEventListener('click', () => this.attempt(client.markAllSeen()))
    this.part('read-all').addEventListener('click', () => this.attempt(client.markAllRead()))
    this.part('more').addEventListener('click', () => this.attempt(client.loadOlder()))
    this.part('drop').addEventListener('click', () => client.drop())
    this.part('offline').addEventListener('click', () => this.toggleOffline())
    this.part('transport').addEventListener('change', () => client.setTransports(this.part('transport').value.split(' ')))
    this.part('locale').addEventListener('change', () => this.setLocale(this.part('locale').value))
    for (const button of this.root.querySelectorAll('[data-filter]')) {
      button.addEventListener('click', () => this.setFilter(button.dataset.filter))
    }
    for (const button of this.root.querySelectorAll('[data-act]')) {
      button.addEventListener('click', () => this.act(button.dataset.act))
    }
    this.part('act').addEventListener('submit', (/** @type {Event} */ event) => {
      event.preventDefault()
      this.comment()
    })
  }

  /** @param {string} type @param {string} [message] */
  async act(type, message) {
    const burst = type === 'burst'
    const unlike = type === 'unlike'
    const body = {
      type: burst || unlike ? 'like' : type, ...(unlike ? { retract: true } : {}), actor_id: this.person.id, user_id: this.other.id, ...post,
      ...(message ? { message } : {}), ...(burst ? { burst: 11 } : {}),
    }
    const response = await post_('/demo/act', body).catch(() => null)
    if (!response?.ok) this.toast('That did not reach the server.')
    return response?.ok === true
  }

  async comment() {
    const input = this.part('comment')
    const text = input.value.trim()
    if (await this.act('comment', text)) input.value = ''
    input.focus()
  }

  toggleOffline() {
    const offline = this.client.state.phase === 'idle' || this.client.state.phase === 'stopped'
    if (offline) this.client.connect()
    else this.client.close()
  }

  /** @param {string} filter */
  setFilter(filter) {
    this.filter = filter
    for (const button of this.root.querySelectorAll('[data-filter]')) {
      button.setAttribute('aria-pressed', String(button.dataset.filter === filter))
    }
    this.render()
  }

  /** @param {string} locale */
  async setLocale(locale) {
    this.person.locale = locale
    await sessionToken(this.person).catch((error) => this.fail(error))
    this.render()
  }

  /** @param {Promise<any>} work */
  attempt(work) {
    return work.catch((error) => this.fail(error))
  }

  /** @param {any} error */
  fail(error) {
    if (error instanceof NoSession || this.client.state.phase === 'waiting') return
    this.toast(error?.message ?? 'That did not work.')
  }

  /** @param {Notification} row */
  announce(row) {
    this.rows.get(row.notification_id)?.item.classList.add('fresh')
    const [headline] = wording(row)
    this.toast(headline, { kind: row.type })
    this.part('bell').classList.remove('ring')
    requestAnimationFrame(() => this.part('bell').classList.add('ring'))
    if (soundOn) bell.play().catch(() => {})
  }

  /**
   * @param {string} text
   * @param {{kind?: string, undo?: () => void}} options
   */
  toast(text, { kind, undo } = {}) {
    const toast = element('div', 'toast')
    toast.append(...(kind ? [icon(iconOf(kind))] : []), element('p', '', text))
    if (undo) toast.append(button('Undo', () => { undo(); toast.remove() }))
    this.part('toasts').replaceChildren(toast)
    setTimeout(() => toast.remove(), toastMs)
  }

  render() {
    const { client } = this
    const shown = client.notifications.filter((row) => this.filter === 'all' || !row.is_read)
    this.renderBadge(client.unread, client.unseen)
    this.renderRows(shown)
    this.part('empty').hidden = shown.length > 0
    this.part('more').hidden = !client.hasOlder || this.filter !== 'all' || shown.length === 0
    this.part('read-all').disabled = client.unread === 0
    if (this.filter === 'unread') this.part('empty-text').textContent = 'Nothing unread.'
    renderTitle()
  }

  /**
   * Red while something has not been seen; the number is always what is unread.
   * @param {number} unread
   * @param {number} unseen
   */
  renderBadge(unread, unseen) {
    const badge = this.part('badge')
    badge.textContent = String(unread)
    badge.hidden = unread === 0
    badge.classList.toggle('seen', unseen === 0)
    const count = unread === 1 ? '1 unread notification' : `${unread} unread notifications`
    label(this.part('bell'), `${this.person.name}: ${count}. Mark all as seen`)
  }

  /**
   * Rows keep their element, so that focus and scroll position survive a change.
   * @param {Notification[]} shown
   */
  renderRows(shown) {
    const list = this.part('list')
    const ids = new Set(shown.map((row) => row.notification_id))
    for (const [id, { item }] of this.rows) {
      if (ids.has(id)) continue
      item.remove()
      this.rows.delete(id)
    }
    shown.forEach((row, position) => {
      const entry = this.entry(row.notification_id)
      if (entry.row !== row) this.fillRow(entry, row)
      if (list.children[position] !== entry.item) list.insertBefore(entry.item, list.children[position] ?? null)
    })
    this.renderTimes()
  }

  /** @param {string} id */
  entry(id) {
    let entry = this.rows.get(id)
    if (entry) return entry
    const item = find('#row').content.firstElementChild.cloneNode(true)
    item.dataset.id = id
    find('.row-main', item).addEventListener('click', () => this.open(id))
    find('[data-part="toggle"]', item).addEventListener('click', () => this.toggleRead(id))
    find('[data-part="snooze"]', item).addEventListener('click', () => this.snooze(id))
    find('[data-part="mute"]', item).addEventListener('click', () => this.preferences.mute(/** @type {Notification} */ (this.row(id))))
    find('[data-part="archive"]', item).addEventListener('click', () => this.archive(id))
    entry = { item, row: null }
    this.rows.set(id, entry)
    return entry
  }

  /** @param {{item: HTMLElement, row: Notification | null}} entry @param {Notification} row */
  fillRow(entry, row) {
    const { item } = entry
    entry.row = row
    const [headline, quote] = wording(row)
    item.classList.toggle('unread', !row.is_read)
    find('.unread-word', item).hidden = row.is_read
    find('.kind use', item).setAttribute('href', `#${iconOf(row.type)}`)
    const who = row.actors[0]?.name ?? row.actor_id ?? row.type
    find('[data-part="initials"]', item).textContent = initials(who)
    find('[data-part="avatar"]', item).className = `avatar tint-${tint(row.actors[0]?.id ?? row.type)}`
    find('[data-part="message"]', item).replaceChildren(...emphasized(headline, who))
    find('[data-part="quote"]', item).textContent = quote
    find('[data-part="quote"]', item).hidden = quote === ''
    const toggle = find('[data-part="toggle"]', item)
    find('use', toggle).setAttribute('href', row.is_read ? '#i-unread' : '#i-check')
    label(toggle, row.is_read ? 'Mark as unread' : 'Mark as read')
    find('[data-part="mute"]', item).hidden = !row.target_type
    label(find('[data-part="mute"]', item), `Mute this ${row.target_type}`)
  }

  /** @param {string} id */
  row(id) {
    return this.rows.get(id)?.row
  }

  /** @param {string} id */
  open(id) {
    const row = this.row(id)
    if (!row) return
    if (!row.is_read) this.attempt(this.client.markRead(id))
    const url = safeUrl(row.url, location.href)
    if (url) window.open(url, '_blank', 'noopener')
  }

  /** @param {string} id */
  toggleRead(id) {
    this.attempt(this.row(id)?.is_read ? this.client.markUnread(id) : this.client.markRead(id))
  }

  /** @param {string} id */
  async archive(id) {
    await this.leave(id, this.client.archive(id))
    this.toast('Archived', { undo: () => this.attempt(this.client.unarchive(id)) })
  }

  /** @param {string} id */
  async snooze(id) {
    await this.leave(id, this.client.snooze(id, new Date(Date.now() + snoozeMs)))
    this.toast(`Back in ${snoozeMs / 1000} seconds`, { undo: () => this.attempt(this.client.unsnooze(id)) })
  }

  /**
   * The element that had the focus goes away with its row: the next one gets it.
   * @param {string} id @param {Promise<any>} work
   */
  async leave(id, work) {
    const item = this.rows.get(id)?.item
    const next = item?.nextElementSibling ?? item?.previousElementSibling
    await this.attempt(work)
    find('.row-main', next ?? this.part('act'))?.focus()
  }

  renderTimes() {
    for (const { item, row } of this.rows.values()) {
      if (!row) continue
      const time = find('time', item)
      const at = row.last_event_at ?? row.created_at
      time.dateTime = at
      time.textContent = relativeTime(at, this.person.locale)
      item.lang = this.person.locale
    }
  }

  renderState() {
    const { phase, transport, retryAt } = this.client.state
    clearInterval(this.countdown)
    this.part('pill').dataset.tone = tones[phase]
    this.part('pill').dataset.phase = phase
    this.part('pill').dataset.transport = transport
    this.part('pill-text').textContent = describeState(this.client.state)
    this.renderCountdown(retryAt)
    if (retryAt !== null) this.countdown = setInterval(() => this.renderCountdown(retryAt), 250)
    const offline = phase === 'idle' || phase === 'stopped'
    this.part('offline').setAttribute('aria-pressed', String(offline))
    this.part('offline').textContent = offline ? 'Go online' : 'Go offline'
    this.part('drop').disabled = phase !== 'live'
  }

  /**
   * Apart from the status text: a screen reader should hear of the state, not of each second.
   * @param {number | null} retryAt
   */
  renderCountdown(retryAt) {
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000)
    const text = retryAt === null ? '' : seconds > 0 ? ` in ${seconds} s` : '…'
    const count = this.part('pill-count')
    if (count.textContent !== text) count.textContent = text
  }
}

/**
 * The people of the page keep their colour; others get one by their id.
 * @param {string} id
 */
function tint(id) {
  const known = people.findIndex((person) => person.id === id)
  if (known >= 0) return known
  let hash = 0
  for (const letter of id) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 9973
  return 2 + (hash % 6)
}

function renderTitle() {
  const unread = cards.reduce((sum, card) => sum + card.client.unread, 0)
  document.title = unread > 0 ? `(${unread}) Peal demo` : 'Peal demo'
}

/** @param {PersonCard} card @param {string} direction @param {any} frame */
function wire(card, direction, frame) {
  const { type, seq, ...rest } = frame
  const line = element('li', 'frame')
  line.append(
    element('span', 'at', new Date().toLocaleTimeString('en-GB')),
    element('span', `who-${card.index}`, card.person.name),
    element('span', '', direction),
    element('span', 'kind-name', type ?? 'json'),
    element('span', '', seq === undefined ? '' : `#${seq}`),
    element('span', 'body', JSON.stringify(rest)),
  )
  line.title = JSON.stringify(frame, null, 1)
  const frames = find('#frames')
  frames.prepend(line)
  while (frames.children.length > 60) frames.lastElementChild.remove()
}

/** @param {Person[]} shown */
async function start(shown) {
  find('#notice').hidden = true
  try {
    const tokens = await Promise.all(people.map(sessionToken))
    for (const person of shown) {
      const index = people.indexOf(person)
      const other = /** @type {Person} */ (people[1 - index])
      const card = new PersonCard(person, other, index, /** @type {string} */ (tokens[index]))
      cards.push(card)
      find('#people').append(card.root)
      card.render()
      card.client.connect()
    }
  } catch (error) {
    explain(error)
  }
}

/** @param {any} error */
function explain(error) {
  const off = error instanceof NoSession && (error.status === 404 || error.status === 403)
  const notice = find('#notice')
  find('h2', notice).textContent = off ? 'The demo is switched off' : 'The server did not answer'
  find('p', notice).textContent = off
    ? 'This page signs people in without a password, so it works only on a server started for development. Start one with:'
    : 'Is it still running? Start it and try again.'
  find('pre', notice).hidden = !off
  find('code', notice).textContent = 'peal serve --dev'
  for (const part of ['#curl', '#wire', '#people', '.top-actions']) find(part).hidden = true
  notice.hidden = false
}

function explainCurl() {
  const body = { user_id: 'maria', type: 'like', actor_id: 'joao', actor_name: 'João', ...post }
  find('#curl-text').textContent = [
    `curl -X POST ${location.origin}/v1/notifications \\`,
    `  -H 'Authorization: Bearer pk_…' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n')
  find('#copy').addEventListener('click', async () => {
    await navigator.clipboard.writeText(find('#curl-text').textContent)
    find('#copy').textContent = 'Copied'
    setTimeout(() => (find('#copy').textContent = 'Copy'), 1500)
  })
}

function toggleSound() {
  soundOn = !soundOn
  const toggle = find('#sound')
  toggle.setAttribute('aria-pressed', String(soundOn))
  find('span', toggle).textContent = soundOn ? 'Sound on' : 'Sound off'
  find('use', toggle).setAttribute('href', soundOn ? '#i-sound' : '#i-muted')
  if (soundOn) bell.play().catch(() => {})
}

const only = new URLSearchParams(location.search).get('user')
const shown = people.filter((person) => only === null || person.id === only)
find('#people').classList.toggle('single', shown.length === 1)
find('#sound').addEventListener('click', toggleSound)
find('#notice button').addEventListener('click', () => location.reload())
explainCurl()
setInterval(() => cards.forEach((card) => card.renderTimes()), 20_000)
start(shown)
