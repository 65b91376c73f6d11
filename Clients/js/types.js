/** @typedef {{id: string, name?: string | null}} Actor */

/**
 * A row of the inbox as the server sends it.
 * @typedef {object} Notification
 * @property {string} notification_id
 * @property {string} user_id
 * @property {string} type
 * @property {string} title
 * @property {string} message
 * @property {'UNREAD' | 'READ' | 'ARCHIVED' | 'SNOOZED' | 'DELETED'} status
 * @property {boolean} is_read
 * @property {boolean} is_seen
 * @property {string | null} actor_id
 * @property {Actor[]} actors the newest three
 * @property {number} actor_count exact, however many there are
 * @property {string | null} target_type
 * @property {string | null} target_id
 * @property {string | null} url
 * @property {string} priority
 * @property {Record<string, any>} metadata
 * @property {string} created_at
 * @property {string} updated_at
 * @property {string} [last_event_at] what lists are ordered by
 * @property {string | null} read_at
 * @property {string | null} archived_at
 * @property {string | null} snoozed_until
 * @property {string | null} expires_at
 * @property {number} seq
 * @property {number} [unread_seq] since which change it is unread; decides what `read_all` covers
 * @property {number} [unseen_seq] since which change it is unseen; decides what `seen_all` covers
 */

/** @typedef {{type: string, [field: string]: any}} Frame */

/** @typedef {'websocket' | 'sse' | 'longpoll' | 'poll'} TransportName */

/**
 * Why a transport ended. `status` is what HTTP said (0: no answer at all), `code` what a close frame said.
 * @typedef {{code?: number, status?: number, reconnectAfterMs?: number, retryAfterMs?: number}} Ending
 */

/**
 * What a transport is given. `token` and `cursor` are asked for at each request, so that both may change meanwhile.
 * @typedef {object} TransportContext
 * @property {string} url base address of the server
 * @property {() => string} token
 * @property {() => string | null} cursor
 * @property {number} limit size of the first page
 * @property {Environment} environment
 * @property {number} pollEveryMs
 * @property {() => void} opened
 * @property {(frame: Frame) => void} frame
 * @property {() => void} heard something arrived that is not a frame
 * @property {(ending: Ending) => void} closed called at most once, never after `close()`
 */

/** @typedef {{send?: (frame: Frame) => void, ping?: () => void, close: () => void}} Transport */

/**
 * Everything the client takes from its surroundings, so that tests can give it something else.
 * @typedef {object} Environment
 * @property {typeof fetch} fetch
 * @property {typeof WebSocket | undefined} WebSocket
 * @property {() => number} now milliseconds
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(handle: any) => void} clearTimeout
 * @property {() => number} random in [0, 1)
 */

/**
 * What the application is told about the connection.
 * @typedef {object} ConnectionState
 * @property {'idle' | 'connecting' | 'live' | 'waiting' | 'stopped'} phase
 * @property {TransportName} transport the one in use or tried next
 * @property {number | null} retryAt when waiting: milliseconds on the environment's clock
 * @property {string | null} reason when waiting or stopped
 */

export {}
