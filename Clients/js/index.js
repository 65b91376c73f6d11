export { PealClient } from './client.js'
export { describeState, initials, relativeTime, safeUrl, wording } from './display.js'
export { PealError } from './http.js'
export { applyFrame, emptyInbox, listed, resumeFrom } from './inbox.js'
