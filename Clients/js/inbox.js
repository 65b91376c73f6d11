import { activity, complete, inListOrder, isRemoved, isWhole, marked, removes, returning, updated } from './rows.js'

/** @typedef {import('./types.js').Notification} Notification */
/** @typedef {import('./types.js').Frame} Frame */
/** @typedef {import('./rows.js').Held} Held */

/**
 * The local inbox. Treat it as a value: `applyFrame` returns a new one.
 * @typedef {object} Inbox
 * @property {string | null} cursor everything up to here has been applied
 * @property {number} seq the seq of `cursor`
 * @property {string | null} behind an older cursor from which to read again: rows of a late page may have changed since
 * @property {boolean} loaded whether there is a state that frames can continue
 * @property {boolean} listed whether the newest rows are here, too; not after resuming from a bare cursor
 * @property {number} unread
 * @property {number} unseen
 * @property {number} countSeq the seq that the counts belong to
 * @property {boolean} more whether the list goes on below the rows that are here
 * @property {string | null} nextCursor where it goes on; null where the server has not said so yet
 * @property {Map<string, Held>} rows
 * @property {Map<string, number>} removed seq of the removal of rows that a late page might bring back
 */

/**
 * `announced`: rows that a person should be told of, each (id, seq) at most once.
 * `resync`: a cursor to read the missing changes from, `''` for a fresh start, or null.
 * @typedef {{inbox: Inbox, announced: Notification[], resync: string | null}} Applied
 */

const removedLimit = 500

/** @param {string | null} [cursor] to resume from @returns {Inbox} */
export function emptyInbox(cursor = null) {
  return {
    cursor, seq: cursor === null ? 0 : seqOf(cursor), behind: null, loaded: cursor !== null, listed: false,
    unread: 0, unseen: 0, countSeq: -1, more: false, nextCursor: null, rows: new Map(), removed: new Map(),
  }
}

/**
 * Where to resume: the cursor, or before it where a late page still waits for what followed it.
 * @param {Inbox} inbox
 */
export function resumeFrom(inbox) {
  return inbox.behind ?? inbox.cursor
}

/**
 * The rows of the list, newest activity first.
 * @param {Inbox} inbox @returns {Notification[]}
 */
export function listed(inbox) {
  return [...inbox.rows.values()]
    .map((held) => held.row)
    .filter((row) => row.status === 'UNREAD' || row.status === 'READ')
    .sort(inListOrder)
}

/**
 * Applies one frame, in whatever order and however often frames arrive.
 * @param {Inbox} before @param {Frame} frame @returns {Applied}
 */
export function applyFrame(before, frame) {
  const apply = appliers[frame.type]
  if (!apply || frame.seq === undefined) return { inbox: before, announced: [], resync: null }
  const draft = new Draft(before, frame)
  apply(draft, typeof frame.from === 'string' ? { ...frame, from: seqOf(frame.from) } : frame)
  return draft.finish()
}

/** One application in progress. */
class Draft {
  /** @type {Notification[]} */
  announced = []
  /** @type {string | null} */
  resync = null

  /** @param {Inbox} before @param {Frame} frame */
  constructor(before, frame) {
    this.before = before
    this.sameEpoch = before.cursor === null || frame.cursor === undefined || epochOf(before.cursor) === epochOf(frame.cursor)
    this.inbox = { ...before, rows: new Map(before.rows), removed: new Map(before.removed) }
  }

  /** @returns {Applied} */
  finish() {
    // A list comes newest first, news are told in the order in which they happened.
    this.announced.sort((a, b) => a.seq - b.seq)
    return { inbox: this.inbox, announced: this.announced, resync: this.resync }
  }

  /**
   * Reads again from a cursor; of two wishes the older one covers both.
   * @param {string | null} cursor
   */
  readFrom(cursor) {
    const since = cursor ?? ''
    if (this.resync === null || seqOf(since) < seqOf(this.resync)) this.resync = since
  }

  /**
   * Rows as of an older cursor have come in: until the changes after it are read, resuming starts there.
   * @param {string | null} cursor
   */
  owe(cursor) {
    const { behind } = this.inbox
    if (cursor === null) return this.readFrom(cursor)
    if (behind === null || seqOf(cursor) < seqOf(behind)) this.inbox.behind = cursor
    this.readFrom(cursor)
  }

  /**
   * Whether a page of changes covers the beginning of what is owed.
   * @param {Frame} frame
   */
  settles(frame) {
    const { behind } = this.before
    return behind !== null && frame.from <= seqOf(behind) && frame.seq >= seqOf(behind)
  }

  /**
   * Counts of a younger seq win; a page in the middle of a sync has none.
   * @param {Frame} frame
   */
  count(frame) {
    const unread = frame.unread_count ?? frame.data?.count
    if (unread === undefined || frame.seq < this.inbox.countSeq) return
    this.inbox.unread = unread
    this.inbox.unseen = frame.unseen_count ?? frame.data?.unseen ?? this.inbox.unseen
    this.inbox.countSeq = frame.seq
  }

  /** @param {Frame} frame */
  advance(frame) {
    if (frame.seq < this.inbox.seq) return
    this.inbox.seq = frame.seq
    this.inbox.cursor = frame.cursor ?? this.inbox.cursor
    this.inbox.loaded = true
  }

  /**
   * Takes a whole row unless this state of it, or a younger one, is here already.
   * @param {Notification} row @param {number} seq @param {{always?: boolean, never?: boolean}} [announce]
   */
  put(row, seq, announce = {}) {
    const id = row.notification_id
    const held = this.inbox.rows.get(id)
    if (held && (held.row.seq > seq || (held.row.seq === seq && held.whole))) return
    if (!held && (this.inbox.removed.get(id) ?? -1) >= seq) return
    const next = complete(row, held, seq)
    this.inbox.rows.set(id, { row: next, whole: true })
    this.inbox.removed.delete(id)
    if (!announce.never && this.isNews(next, held?.row, announce.always === true)) this.announced.push(next)
  }

  /**
   * News is unread, younger than everything that has been applied, and more than a mark on a known row.
   * @param {Notification} row @param {Notification | undefined} known @param {boolean} happened the frame says that it is an event
   */
  isNews(row, known, happened) {
    if (!this.before.loaded || row.is_read || row.status !== 'UNREAD' || row.seq <= this.before.seq) return false
    return happened || known === undefined || activity(row) > activity(known)
  }

  /** @param {string} id @param {number} seq */
  remove(id, seq) {
    if ((this.inbox.rows.get(id)?.row.seq ?? -1) > seq) return
    this.inbox.rows.delete(id)
    this.inbox.removed.set(id, Math.max(seq, this.inbox.removed.get(id) ?? -1))
    if (this.inbox.removed.size > removedLimit) this.inbox.removed.delete(this.inbox.removed.keys().next().value ?? '')
  }

  /**
   * Forgets everything but what came in beyond a gap and is younger than the page that replaces the rest.
   * @param {number} seq
   */
  keepOnly(seq) {
    this.inbox.rows = new Map([...this.inbox.rows].filter(([, held]) => held.row.seq > seq))
    this.inbox.removed = new Map([...this.inbox.removed].filter(([, removedSeq]) => removedSeq > seq))
  }

  /**
   * @param {string} mark
   * @param {number} upToSeq
   * @param {string} [readAt] when the server read them
   */
  mark(mark, upToSeq, readAt) {
    for (const [id, held] of this.inbox.rows) {
      this.inbox.rows.set(id, { ...held, row: marked(held.row, mark, upToSeq, readAt) })
    }
  }

  /**
   * Whether the frame is the next after what has been applied. A frame beyond a gap asks for what is missing.
   * @param {Frame} frame
   */
  continues(frame) {
    if (!this.before.loaded || !this.sameEpoch) {
      this.readFrom(resumeFrom(this.before))
      return false
    }
    if (frame.seq <= this.before.seq) return false
    if ((frame.from ?? frame.seq - 1) <= this.before.seq) return true
    this.readFrom(this.before.cursor)
    return false
  }
}

/** @type {Record<string, (draft: Draft, frame: Frame) => void>} */
const appliers = {
  initial_load: applyLoad,
  page: applyHeadPage,
  sync: applySync,
  notification: applyNotification,
  notification_update: applyUpdate,
  marked_read: applyUpdate,
  marked_all_read: applyUpdate,
  ok: applyUpdate,
  unread_count: (draft, frame) => draft.sameEpoch && draft.count(frame),
  notifications: applyListPage,
}

/** @param {Draft} draft @param {Frame} frame */
function applyLoad(draft, frame) {
  const { before } = draft
  if (before.loaded && before.listed && draft.sameEpoch && !frame.reset && frame.seq < before.seq) {
    return applyListPage(draft, frame)
  }
  replace(draft, frame, { never: frame.reset === true || !draft.sameEpoch })
}

/**
 * The answer to a plain poll: it stands for the whole list.
 * @param {Draft} draft @param {Frame} frame
 */
function applyHeadPage(draft, frame) {
  if (draft.sameEpoch && frame.seq < draft.before.seq) return
  replace(draft, frame, { never: !draft.sameEpoch })
}

/** @param {Draft} draft @param {Frame} frame @param {{never: boolean}} announce */
function replace(draft, frame, announce) {
  const known = draft.inbox.rows
  draft.keepOnly(draft.sameEpoch && frame.seq >= draft.before.seq ? frame.seq : Infinity)
  for (const row of frame.notifications) {
    if (draft.inbox.rows.has(row.notification_id) || draft.inbox.removed.has(row.notification_id)) continue
    const held = known.get(row.notification_id)
    // What was known of a row decides whether it is news, not whether it is taken.
    const next = complete(row, draft.sameEpoch ? held : undefined, row.seq)
    draft.inbox.rows.set(row.notification_id, { row: next, whole: true })
    if (!announce.never && draft.isNews(next, held?.row, false)) draft.announced.push(next)
  }
  draft.inbox.seq = frame.seq
  draft.inbox.cursor = frame.cursor
  draft.inbox.behind = null
  draft.inbox.countSeq = -1
  draft.inbox.loaded = true
  draft.inbox.listed = true
  below(draft, frame)
  draft.count(frame)
}

/** @param {Draft} draft @param {Frame} frame */
function applySync(draft, frame) {
  if (!draft.sameEpoch || !draft.before.loaded) return draft.readFrom(draft.before.cursor)
  const settles = draft.settles(frame)
  // A late page that nobody waits for: its rows may have changed since, or be gone.
  if (frame.seq <= draft.before.seq && !settles) return draft.count(frame)
  for (const change of frame.changes) applyChange(draft, change)
  if (frame.from <= draft.before.seq) draft.advance(frame)
  else draft.readFrom(draft.before.cursor)
  if (settles) draft.inbox.behind = frame.seq < draft.inbox.seq ? frame.cursor : null
  draft.count(frame)
}

/** @param {Draft} draft @param {Frame} change */
function applyChange(draft, change) {
  if (change.mark) draft.mark(change.mark, change.up_to_seq, change.read_at)
  else if (isRemoved(change)) draft.remove(change.notification_id, change.seq)
  else draft.put(/** @type {any} */ (change), change.seq)
}

/**
 * A whole row is right even beyond a gap; only the cursor has to wait.
 * @param {Draft} draft @param {Frame} frame
 */
function applyNotification(draft, frame) {
  const next = draft.continues(frame)
  if (draft.before.loaded && draft.sameEpoch && frame.seq > draft.before.seq) {
    draft.put(frame.data, frame.data.seq ?? frame.seq, { always: true })
  }
  if (next) draft.advance(frame)
  if (draft.sameEpoch) draft.count(frame)
}

/**
 * A partial update is applied in its place only: beyond a gap it would hide what the gap did to the same row.
 * @param {Draft} draft @param {Frame} frame
 */
function applyUpdate(draft, frame) {
  if (draft.continues(frame)) {
    const updateType = frame.update_type ?? ''
    if (frame.up_to_seq !== undefined) draft.mark(updateType, frame.up_to_seq, frame.read_at)
    else for (const id of idsOf(frame)) updateRow(draft, id, updateType, frame)
    draft.advance(frame)
  }
  if (draft.sameEpoch) draft.count(frame)
}

/** @type {Record<string, {always?: boolean, never?: boolean}>} */
const announcement = { unsnoozed: { always: true } }

/** @param {Draft} draft @param {string} id @param {string} updateType @param {Frame} frame */
function updateRow(draft, id, updateType, frame) {
  // A retraction that leaves other actors brings the row.
  if (removes(updateType) && !isWhole(frame.data)) return draft.remove(id, frame.seq)
  // A snooze that is over is news; a row that comes back otherwise, or with another text, is not.
  if (isWhole(frame.data)) return draft.put(frame.data, frame.seq, announcement[updateType] ?? { never: true })
  const held = draft.inbox.rows.get(id)
  // A row that came in beyond a gap is younger than an update that fills the gap.
  if (held && held.row.seq >= frame.seq) return
  if (held) draft.inbox.rows.set(id, updated(held, updateType, frame.data ?? {}, frame.seq))
  else if (returning.has(updateType)) draft.owe(draft.before.cursor)
}

/**
 * @param {Draft} draft
 * @param {Frame} frame a page of the list
 */
function below({ inbox }, frame) {
  inbox.nextCursor = frame.next_cursor ?? null
  inbox.more = frame.has_more ?? inbox.nextCursor !== null
}

/**
 * A page of the list. One that is older than the cursor may hold rows that have changed since,
 * so the changes after the page are read once more.
 * @param {Draft} draft @param {Frame} frame
 */
function applyListPage(draft, frame) {
  if (!draft.sameEpoch) return draft.readFrom(draft.before.cursor)
  for (const row of frame.notifications) draft.put(row, row.seq)
  if (frame.page !== 'filtered') below(draft, frame)
  if (frame.page === 'first') draft.inbox.listed = true
  if (frame.seq < draft.before.seq) draft.owe(frame.cursor)
  draft.count(frame)
}

/** @param {Frame} frame @returns {string[]} */
function idsOf(frame) {
  if (frame.notification_ids) return frame.notification_ids
  const id = frame.notification_id ?? frame.data?.notification_id
  return id === undefined ? [] : [id]
}

/** @param {string} cursor */
function epochOf(cursor) {
  return cursor.slice(0, cursor.lastIndexOf('.'))
}

/**
 * Cursors end in the seq; a bare number, as in `from`, is one too.
 * @param {string} cursor
 */
export function seqOf(cursor) {
  return Number(cursor.slice(cursor.lastIndexOf('.') + 1)) || 0
}
