/**
 * The inbox as the server keeps it, small enough to be obviously right. Tests compare the client with it.
 */
export class ModelInbox {
  constructor(userId, { epoch = 'e1', now = () => Date.now() } = {}) {
    this.userId = userId
    this.epoch = epoch
    this.now = now
    this.seq = 0
    this.rows = new Map()
    this.log = []
    this.nextId = 1
  }

  get cursor() {
    return `${this.epoch}.${this.seq}`
  }

  get counts() {
    const open = [...this.rows.values()].filter((row) => row.status === 'UNREAD' || row.status === 'READ')
    return {
      cursor: this.cursor, seq: this.seq,
      unread_count: open.filter((row) => !row.is_read).length,
      unseen_count: open.filter((row) => !row.is_seen).length,
    }
  }

  /** A new notification, or one more actor on an open group of the same type and target. */
  create({ type = 'like', actor = { id: 'joao', name: 'João' }, target = null, message = null, group = true } = {}) {
    const open = group && target !== null && [...this.rows.values()].find(
      (row) => row.status === 'UNREAD' && row.type === type && row.target_id === target)
    if (open && open.all.includes(actor.id)) return null
    const time = this.#time()
    this.seq += 1
    const row = open || this.#newRow(type, target, time)
    row.all.push(actor.id)
    row.actors = [actor, ...row.actors].slice(0, 3)
    row.actor_count = row.all.length
    Object.assign(row, { actor_id: actor.id, message: message ?? '', updated_at: time, last_event_at: time, seq: this.seq })
    Object.assign(row, { is_seen: false, unread_seq: this.seq, unseen_seq: this.seq })
    this.log.push({ seq: this.seq, id: row.notification_id })
    return this.#frame({ type: 'notification', data: this.wire(row) })
  }

  /** Any of the row updates; null where nothing changes. */
  update(id, updateType) {
    const row = this.rows.get(id)
    if (!row) return null
    const changed = this.#changed(row, updateType)
    if (!changed) return null
    this.seq += 1
    Object.assign(row, changed, { seq: this.seq })
    if (changed.is_read === false) row.unread_seq = this.seq
    if (changed.is_seen === false) row.unseen_seq = this.seq
    this.log.push({ seq: this.seq, id })
    if (updateType === 'deleted') this.rows.delete(id)
    const { status, is_read, is_seen, read_at, archived_at } = row
    const data = { notification_id: id, status, is_read, is_seen, read_at, archived_at }
    return this.#frame({ type: 'notification_update', notification_id: id, update_type: updateType, data })
  }

  /** `read_all` or `seen_all`. */
  mark(mark, upToSeq = this.seq) {
    const [flag, since] = mark === 'read_all' ? ['is_read', 'unread_seq'] : ['is_seen', 'unseen_seq']
    const reached = [...this.rows.values()].filter((row) => !row[flag] && row[since] <= upToSeq && row.status !== 'SNOOZED')
    if (reached.length === 0) return null
    this.seq += 1
    for (const row of reached) {
      row.is_seen = true
      if (mark === 'read_all') Object.assign(row, { is_read: true, status: 'READ' })
    }
    this.log.push({ seq: this.seq, mark, up_to_seq: upToSeq })
    return this.#frame({ type: 'notification_update', update_type: mark, up_to_seq: upToSeq })
  }

  /** The newest page of the list. */
  load({ limit = 50, reset = false } = {}) {
    const { notifications, next_cursor } = this.page({ limit })
    return { type: 'initial_load', ...this.counts, notifications, next_cursor, has_more: next_cursor !== null, reset }
  }

  page({ limit = 50, offset = 0 } = {}) {
    const all = [...this.rows.values()].filter((row) => row.status === 'UNREAD' || row.status === 'READ').sort(byActivity)
    const rows = all.slice(offset, offset + limit).map((row) => this.wire(row))
    return { ...this.counts, notifications: rows, next_cursor: offset + limit < all.length ? String(offset + limit) : null }
  }

  /** Changes after a seq, each row in its present state, at its last change. */
  sync(since, limit = 200) {
    const last = new Map()
    for (const entry of this.log) if (entry.seq > since && entry.id) last.set(entry.id, entry.seq)
    const entries = this.log.filter((entry) => entry.seq > since && (!entry.id || last.get(entry.id) === entry.seq))
    const page = entries.slice(0, limit)
    const more = page.length < entries.length
    const seq = more ? page[page.length - 1].seq : this.seq
    const { unread_count, unseen_count } = this.counts
    return {
      type: 'sync', from: since, cursor: `${this.epoch}.${seq}`, seq, changes: page.map((entry) => this.#change(entry)),
      has_more: more, ...(more ? {} : { unread_count, unseen_count }),
    }
  }

  /** First frame for a cursor: a sync, or a fresh page where the cursor means nothing. */
  resume(cursor, options = {}) {
    const [epoch, seq] = [cursor.slice(0, cursor.lastIndexOf('.')), Number(cursor.slice(cursor.lastIndexOf('.') + 1))]
    const known = epoch === this.epoch && Number.isInteger(seq) && seq <= this.seq
    return known ? this.sync(seq, options.limit) : this.load({ reset: true })
  }

  wire(row) {
    const { all, ...fields } = row
    return { ...fields, actors: [...row.actors] }
  }

  #newRow(type, target, time) {
    const id = `n${String(this.nextId++).padStart(5, '0')}`
    const row = {
      notification_id: id, user_id: this.userId, type, title: '', message: '', status: 'UNREAD', is_read: false, is_seen: false,
      actor_id: null, actors: [], actor_count: 0, target_type: 'post', target_id: target, url: null, priority: 'normal',
      metadata: {}, created_at: time, updated_at: time, last_event_at: time, read_at: null, archived_at: null,
      snoozed_until: null, expires_at: null, seq: this.seq, unread_seq: this.seq, unseen_seq: this.seq, all: [],
    }
    this.rows.set(id, row)
    return row
  }

  #changed(row, updateType) {
    const listed = row.status === 'UNREAD' || row.status === 'READ'
    switch (updateType) {
      case 'read': return !row.is_read && listed ? { status: 'READ', is_read: true, is_seen: true, read_at: this.#time() } : null
      case 'unread': return row.is_read && listed ? { status: 'UNREAD', is_read: false, is_seen: false, read_at: null } : null
      case 'seen': return !row.is_seen && listed ? { is_seen: true } : null
      case 'archived': return listed ? { status: 'ARCHIVED', is_read: true, is_seen: true, archived_at: this.#time() } : null
      case 'unarchived': return row.status === 'ARCHIVED' ? { status: 'READ', archived_at: null } : null
      case 'deleted': return {}
      default: return null
    }
  }

  #change({ seq, id, mark, up_to_seq }) {
    if (mark) return { mark, up_to_seq, seq }
    const row = this.rows.get(id)
    return row ? this.wire(row) : { notification_id: id, seq, status: 'DELETED' }
  }

  #frame(fields) {
    return { ...fields, ...this.counts }
  }

  #time() {
    return new Date(this.now()).toISOString()
  }
}

function byActivity(a, b) {
  if (a.last_event_at !== b.last_event_at) return a.last_event_at < b.last_event_at ? 1 : -1
  return a.notification_id < b.notification_id ? 1 : -1
}
