// @ts-check
// Small pieces of the page. None of them takes HTML.

/**
 * The name stands out; the rest is text.
 * @param {string} text @param {string} name @returns {Node[]}
 */
export function emphasized(text, name) {
  if (!text.startsWith(name)) return [document.createTextNode(text)]
  return [element('b', '', name), document.createTextNode(text.slice(name.length))]
}

/** @param {string} type */
export function iconOf(type) {
  return ['like', 'comment', 'reply', 'follow', 'mention'].includes(type) ? `i-${type}` : 'i-bell'
}

/** @param {string} tag @param {string} className @param {string} [text] */
export function element(tag, className, text = '') {
  const node = document.createElement(tag)
  if (className) node.className = className
  node.textContent = text
  return node
}

/** @param {string} name */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'use'))
  svg.firstElementChild?.setAttribute('href', `#${name}`)
  return svg
}

/** @param {string} text @param {() => void} action */
export function button(text, action) {
  const node = element('button', '', text)
  node.setAttribute('type', 'button')
  node.addEventListener('click', action)
  return node
}

/** @param {HTMLElement} node @param {string} text */
export function label(node, text) {
  node.setAttribute('aria-label', text)
  node.title = text
}
