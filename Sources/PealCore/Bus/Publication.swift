/// One committed change of one inbox, on its way to that user's sessions.
///
/// It may be lost or repeated: the seqs make both harmless, because a session that misses `from` asks the store.
public struct Publication: Sendable {
    public enum Content: Sendable {
        case created(Notification)
        case aggregated(Notification)
        /// One row or several, folded, in seq order.
        case updated(RowOperation, [Notification])
        /// - count: rows that the mark covered.
        case marked(Mark, upTo: Seq, count: Int)
        /// Rows have changed, or gone, in a way that no frame tells: sessions ask the store.
        case revised
        /// A command that changed nothing: only the session that asked hears of it.
        case unchanged(UnchangedCommand)
    }

    public enum UnchangedCommand: Sendable {
        case rows(RowOperation, [NotificationID])
        case mark(Mark)
        case failed(StoreError)
    }

    public var user: UserID
    /// The seq before this change: a session at or above it may take the change.
    public var from: Seq
    /// The counters after this change.
    public var inbox: Inbox
    public var content: Content
    public var origin: CommandOrigin?

    public init(user: UserID, from: Seq, inbox: Inbox, content: Content, origin: CommandOrigin? = nil) {
        self.user = user
        self.from = from
        self.inbox = inbox
        self.content = content
        self.origin = origin
    }

    public var seq: Seq { inbox.seq }
}

/// Takes each committed batch, in commit order, before the callers are answered. It must not block.
///
/// An empty batch says that the store had trouble: what was concluded from earlier ones about heads is to be forgotten
/// (RULES 14).
public typealias PublicationSink = @Sendable ([Publication]) -> Void
