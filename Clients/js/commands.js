import { PealError, errorFrom, request } from './http.js'

/** @typedef {import('./types.js').Frame} Frame */

/**
 * A command: the frame for a WebSocket, the request for everything else, and what it does to rows.
 * @typedef {object} Command
 * @property {Frame} frame
 * @property {{method: string, path: string, body?: any, query?: Record<string, any>}[]} requests
 * @property {Partial<Frame>} effect fields that turn the reply into a frame for the inbox
 */

/** @type {Record<string, string>} */
const paths = {
  mark_read: 'read', mark_unread: 'unread', mark_seen: 'seen', archive: 'archive', unarchive: 'unarchive',
  snooze: 'snooze', unsnooze: 'unsnooze',
}

/** @type {Record<string, string>} */
const updates = {
  mark_read: 'read', mark_unread: 'unread', mark_seen: 'seen', archive: 'archived', unarchive: 'unarchived',
  snooze: 'snoozed', unsnooze: 'unsnoozed', delete: 'deleted',
}

/**
 * @param {string} type
 * @param {string[]} ids
 * @param {Record<string, any>} [fields] what the command says besides
 * @returns {Command}
 */
export function rowCommand(type, ids, fields = {}) {
  const target = ids.length === 1 ? { notification_id: ids[0] } : { notification_ids: ids }
  return {
    frame: { type, ...target, ...fields },
    requests: ids.map((id) => ({
      method: type === 'delete' ? 'DELETE' : 'POST',
      path: `/v1/notifications/${encodeURIComponent(id)}${type === 'delete' ? '' : `/${paths[type]}`}`,
      body: type === 'delete' ? undefined : fields,
    })),
    effect: { update_type: updates[type], notification_ids: ids },
  }
}

/**
 * @param {'mark_all_read' | 'mark_all_seen'} type
 * @param {number} upToSeq marks only what the person can have seen, not what arrives while the click travels
 * @returns {Command}
 */
export function markAllCommand(type, upToSeq) {
  const path = type === 'mark_all_read' ? 'read-all' : 'seen-all'
  return {
    frame: { type, up_to_seq: upToSeq },
    requests: [{ method: 'POST', path: `/v1/notifications/${path}`, body: { up_to_seq: upToSeq } }],
    effect: { update_type: type === 'mark_all_read' ? 'read_all' : 'seen_all', up_to_seq: upToSeq },
  }
}

/**
 * @param {{cursor?: string | null, limit?: number, status?: string, type?: string}} query
 * @returns {Command}
 */
export function listCommand({ cursor, limit, status, type }) {
  const page = status || type ? 'filtered' : cursor ? 'further' : 'first'
  return {
    frame: { type: 'list', cursor: cursor ?? undefined, limit, status, notification_type: type },
    requests: [{ method: 'GET', path: '/v1/notifications', query: { cursor, limit, status, type } }],
    effect: { type: 'notifications', page },
  }
}

/** Matches replies with what was asked. What a lost socket leaves open is asked again over HTTP: every command may be repeated. */
export class Commands {
  #lastId = 0
  /** @type {Map<string, {command: Command, resolve: (frame: Frame) => void, reject: (error: Error) => void}>} */
  #pending = new Map()

  /**
   * @param {Command} command
   * @param {(frame: Frame) => void} send
   * @returns {Promise<Frame>}
   */
  overSocket(command, send) {
    const id = String(++this.#lastId)
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { command, resolve, reject })
      send({ ...command.frame, id })
    })
  }

  /**
   * Settles the command that a frame answers. The frame comes back with what the inbox needs to apply it.
   * @param {Frame} frame
   * @returns {{frame: Frame, settle: () => void}}
   */
  reply(frame) {
    const pending = frame.id === undefined ? undefined : this.#pending.get(String(frame.id))
    if (!pending) return { frame, settle: () => {} }
    this.#pending.delete(String(frame.id))
    if (frame.type === 'error') {
      return { frame, settle: () => pending.reject(new PealError(frame.message, { code: frame.code })) }
    }
    const applied = { ...frame, ...pending.command.effect }
    return { frame: applied, settle: () => pending.resolve(applied) }
  }

  /**
   * The socket is gone: hands back what is still unanswered.
   * @param {(command: Command) => Promise<Frame>} again
   */
  retry(again) {
    const open = [...this.#pending.values()]
    this.#pending.clear()
    for (const { command, resolve, reject } of open) again(command).then(resolve, reject)
  }
}

/**
 * @param {Parameters<typeof request>[0]} server
 * @param {Command} command
 * @param {(frame: Frame) => void} apply each answer, as a frame for the inbox
 * @param {() => Promise<string | null>} renew gets another token, or null
 * @returns {Promise<Frame>} the last of them
 */
export async function overHTTP(server, command, apply, renew) {
  if (command.requests.length === 0) throw new PealError('Only possible over a WebSocket.', { code: 'not_connected' })
  /** @type {Frame} */
  let frame = { type: 'ok' }
  for (const [index, { method, path, ...options }] of command.requests.entries()) {
    let answer = await request(server, method, path, options)
    if (answer.status === 401 && (await renew()) !== null) answer = await request(server, method, path, options)
    if (answer.status < 200 || answer.status > 299) throw errorFrom(answer)
    const ids = command.effect.notification_ids
    frame = { type: 'ok', ...answer.body, ...command.effect, ...(ids ? { notification_ids: [ids[index]] } : {}) }
    apply(frame)
  }
  return frame
}
