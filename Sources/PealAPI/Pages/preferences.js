// @ts-check
import { button, element } from '/demo/elements.js'

/** @typedef {import('../../../Clients/js/types.js').Notification} Notification */
/** @typedef {{target_type?: string, target_id?: string | null, actor_id?: string}} Muted */
/** @typedef {{types: Record<string, Record<string, unknown>>, do_not_disturb_until: string | null, effective: Record<string, {in_app: {value: boolean, source: string}}>}} Preferences */

const types = { like: 'Likes', comment: 'Comments', reply: 'Replies', follow: 'New followers', mention: 'Mentions' }
const hourMs = 3_600_000

/** What one person wants to hear of: types, silence, and what is muted. */
export class PreferencePanel {
  /**
   * @param {HTMLElement} root the person's card
   * @param {() => Promise<string>} token
   * @param {(text: string, options?: {undo?: () => void}) => void} toast
   */
  constructor(root, token, toast) {
    this.root = root
    this.token = token
    this.toast = toast
    this.part('settings').addEventListener('toggle', () => {
      if (this.part('settings').open) this.load()
    })
    this.part('silence').addEventListener('change', () => this.silence(Number(this.part('silence').value)))
    // Another tab, or a link in an e-mail, may have changed them.
    window.addEventListener('focus', () => {
      if (this.part('settings').open) this.load()
    })
  }

  /** @param {string} name @returns {any} */
  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`)
  }

  /**
   * @param {string} method @param {string} path @param {object} [body]
   * @returns {Promise<any>} null where there is no answer to read
   */
  async ask(method, path, body) {
    const response = await fetch(path, {
      method,
      headers: { Authorization: `Bearer ${await this.token()}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    if (!response.ok) throw new Error((await response.json().catch(() => null))?.detail ?? 'That did not work.')
    return response.status === 204 ? null : response.json()
  }

  /** @param {() => Promise<void>} work */
  async attempt(work) {
    try {
      await work()
      return true
    } catch (error) {
      this.toast(error instanceof Error && !(error instanceof TypeError) ? error.message : 'That did not reach the server.')
      return false
    }
  }

  load() {
    return this.attempt(async () => {
      const [preferences, { mutes }] = await Promise.all([this.ask('GET', '/v1/preferences'), this.ask('GET', '/v1/mutes')])
      this.show(preferences)
      this.showMutes(mutes)
    })
  }

  /** @param {object} change */
  change(change) {
    return this.attempt(async () => this.show(await this.ask('PATCH', '/v1/preferences', change)))
  }

  /** @param {Preferences} preferences */
  show(preferences) {
    const box = this.part('types')
    if (box.children.length === 0) {
      for (const [type, name] of Object.entries(types)) box.append(this.typeBox(type, name))
    }
    for (const input of box.querySelectorAll('input')) {
      const { value, source } = (preferences.effective[input.value] ?? preferences.effective['*'])?.in_app ?? {}
      input.checked = value !== false
      input.disabled = source === 'mandatory'
    }
    const until = preferences.do_not_disturb_until
    this.part('silence').value = until ? 'on' : '0'
    this.part('silence-on').hidden = !until
    this.part('silence-on').textContent = until
      ? `Until ${new Date(until).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}` : ''
    this.root.dataset.quiet = String(until !== null)
  }

  /** @param {string} type @param {string} name */
  typeBox(type, name) {
    const label = element('label', 'check')
    const input = /** @type {HTMLInputElement} */ (element('input', ''))
    input.type = 'checkbox'
    input.value = type
    input.addEventListener('change', async () => {
      const isDone = await this.change({ types: { [type]: { in_app: input.checked } } })
      if (!isDone) input.checked = !input.checked
    })
    label.append(input, element('span', '', name))
    return label
  }

  /** @param {number} hours */
  silence(hours) {
    return this.change({ do_not_disturb_until: hours > 0 ? new Date(Date.now() + hours * hourMs).toISOString() : null })
  }

  /** @param {Muted[]} mutes */
  showMutes(mutes) {
    const items = mutes.map((mute) => {
      const name = mute.actor_id ?? [mute.target_type, mute.target_id].filter(Boolean).join(' ')
      const item = element('li', '')
      const again = button('Hear again', () => this.unmute(mute))
      again.className = 'button quiet small'
      again.setAttribute('aria-label', `Hear again of ${name}`)
      item.append(element('span', '', name), again)
      return item
    })
    this.part('mutes').replaceChildren(...items)
    this.part('mutes-empty').hidden = mutes.length > 0
  }

  /** @param {Notification} row */
  async mute(row) {
    const muted = { target_type: row.target_type ?? '', target_id: row.target_id }
    const isDone = await this.attempt(async () => {
      await this.ask('POST', '/v1/mutes', muted)
    })
    if (!isDone) return
    this.toast(`Nothing more of this ${row.target_type}`, { undo: () => this.unmute(muted) })
    if (this.part('settings').open) this.load()
  }

  /** @param {Muted} muted */
  async unmute(muted) {
    const fields = Object.entries({ target_type: muted.target_type, target_id: muted.target_id, actor_id: muted.actor_id })
    const query = new URLSearchParams(fields.flatMap(([name, value]) => (value ? [[name, value]] : [])))
    await this.attempt(async () => {
      await this.ask('DELETE', `/v1/mutes?${query}`)
    })
    return this.load()
  }
}
