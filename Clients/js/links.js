/**
 * The address to follow for a notification, or null. Only http, https and relative addresses are followed:
 * `javascript:` and its kind come from whoever sent the notification.
 * @param {string | null | undefined} url
 * @param {string} base
 */
export function safeUrl(url, base) {
  if (!url) return null
  try {
    const resolved = new URL(url, base)
    return resolved.protocol === 'https:' || resolved.protocol === 'http:' ? resolved.href : null
  } catch {
    return null
  }
}
