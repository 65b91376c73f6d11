export { PealClient } from './client.js'
export { PealError } from './http.js'
export { applyFrame, emptyInbox, listed } from './inbox.js'
export { safeUrl } from './links.js'
