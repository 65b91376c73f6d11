import PealAuth
import PealCore

/// What a session wants done after an input; the frames to send are taken from it separately.
enum SessionAction: Equatable {
    case none
    case read(StoreRead)
    case submit(InboxCommand.Kind, requestID: String)
    case verify(token: String, requestID: String)
    case typing(TopicName, isTyping: Bool, requestID: String)
    /// Ask again with `gapExpired` after the gap wait.
    case awaitGap
    /// A WebSocket ping or the heartbeat of an event stream.
    case ping
    case close(CloseCode, reason: String)
}

/// A question to the store, answered later by a ``StoreAnswer``.
enum StoreRead: Sendable, Equatable {
    case page(limit: Int, reset: Bool, status: PageQuery.Status = .all)
    /// Where the inbox is: for a session that begins with the next change.
    case head
    /// What a client that comes back has missed; for one that has missed nothing no row is read.
    case resume(after: Seq, limit: Int)
    /// - isShared: one read serves all sessions of the user that miss the same.
    case changes(after: Seq, limit: Int, isShared: Bool)
    case list(PageQuery, requestID: String)
    case counts(requestID: String)
}

enum StoreAnswer: Sendable {
    case page(InboxPage, reset: Bool)
    case head(Inbox)
    case changes(ChangePage)
    case list(InboxPage, requestID: String)
    case counts(Inbox, requestID: String)
    case failed(StoreError, StoreRead)
}

/// Where a client wants to begin.
enum Since: Sendable, Equatable {
    case beginning
    case after(Seq)
    /// A cursor that cannot be honoured: malformed, or of another epoch or user.
    case unusable

    init(_ text: String?, tag: EpochTag) {
        guard let text, !text.isEmpty else {
            self = .beginning
            return
        }
        guard let cursor = Cursor(text), cursor.epoch == tag else {
            self = .unusable
            return
        }
        self = .after(cursor.seq)
    }
}
