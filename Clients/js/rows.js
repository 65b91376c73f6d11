/** @typedef {import('./types.js').Notification} Notification */
/** @typedef {import('./types.js').Frame} Frame */

/**
 * A row as it is held: `whole` is false after a partial update, so that a whole row of the same seq may still replace it.
 * @typedef {{row: Notification, whole: boolean}} Held
 */

/**
 * What each `update_type` means for a row; what the frame's `data` says comes on top.
 * @type {Record<string, Partial<Notification>>}
 */
const effects = {
  read: { status: 'READ', is_read: true, is_seen: true },
  unread: { status: 'UNREAD', is_read: false, is_seen: false, read_at: null },
  seen: { is_seen: true },
  archived: { status: 'ARCHIVED', is_read: true, is_seen: true },
  unarchived: { status: 'READ', archived_at: null },
  snoozed: { status: 'SNOOZED' },
  unsnoozed: { status: 'UNREAD', is_read: false, is_seen: false, snoozed_until: null },
}

const removals = new Set(['deleted', 'retracted', 'expired'])

/** Updates that bring back a row which a client may not hold. */
export const returning = new Set(['unread', 'unarchived', 'unsnoozed'])

/** @param {Partial<Notification> & Frame} entry */
export function isRemoved(entry) {
  return entry.status === 'DELETED'
}

/**
 * Whether an update brings the row itself, not only its state.
 * @param {Record<string, any> | undefined} data
 */
export function isWhole(data) {
  return data?.created_at !== undefined
}

/** @param {string} updateType */
export function removes(updateType) {
  return removals.has(updateType)
}

/**
 * When something last happened to a row, apart from being marked.
 * @param {Notification} row
 */
export function activity(row) {
  return row.last_event_at ?? row.updated_at ?? row.created_at ?? ''
}

/**
 * Newest activity first, then the greater id: the order of every list.
 * @param {Notification} a @param {Notification} b
 */
export function inListOrder(a, b) {
  const [left, right] = [activity(a), activity(b)]
  if (left !== right) return left < right ? 1 : -1
  return a.notification_id < b.notification_id ? 1 : -1
}

/**
 * Whether a status alone says that a row is read; a snoozed one may be either.
 * @param {Notification['status']} status
 */
function readBy(status) {
  return status === 'SNOOZED' ? undefined : status !== 'UNREAD'
}

/**
 * Fills in what a server may leave out and what marks are folded by.
 * @param {Notification} row @param {Held | undefined} before @param {number} seq @returns {Notification}
 */
export function complete(row, before, seq) {
  const isRead = row.is_read ?? readBy(row.status) ?? false
  // An event makes a row unread and unseen anew, above every mark so far; another change does not.
  const same = before !== undefined && activity(row) === activity(before.row)
  return {
    ...row,
    is_read: isRead,
    is_seen: row.is_seen ?? isRead,
    seq,
    unread_seq: row.unread_seq ?? (same && !before.row.is_read ? before.row.unread_seq : seq),
    unseen_seq: row.unseen_seq ?? (same && !before.row.is_seen ? before.row.unseen_seq : seq),
  }
}

/** @param {Held} held @param {string} updateType @param {Record<string, any>} data @param {number} seq @returns {Held} */
export function updated(held, updateType, data, seq) {
  const { row } = held
  /** @type {Notification} */
  const next = { ...row, ...effects[updateType], ...data, notification_id: row.notification_id, seq }
  if (data.is_read === undefined) next.is_read = readBy(next.status) ?? next.is_read
  if (row.is_read && !next.is_read) next.unread_seq = data.unread_seq ?? seq
  if (row.is_seen && !next.is_seen) next.unseen_seq = data.unseen_seq ?? seq
  return { row: next, whole: false }
}

/**
 * The row under a `read_all` or `seen_all` mark, or the same row if the mark does not reach it.
 * A snoozed row is skipped: it wakes up unread.
 * @param {Notification} row @param {string} mark @param {number} upToSeq @param {string} [readAt] @returns {Notification}
 */
export function marked(row, mark, upToSeq, readAt) {
  if (row.status === 'SNOOZED') return row
  if (mark === 'read_all' && !row.is_read && (row.unread_seq ?? row.seq) <= upToSeq) {
    return { ...row, status: 'READ', is_read: true, is_seen: true, read_at: readAt ?? row.read_at }
  }
  if (mark === 'seen_all' && !row.is_seen && (row.unseen_seq ?? row.seq) <= upToSeq) {
    return { ...row, is_seen: true }
  }
  return row
}
