/// One committed change of one inbox, on its way to that user's sessions.
///
/// It may be lost or repeated: the seqs make both harmless, because a session that misses `from` asks the store.
public struct Publication: Sendable {
    /// What happened, with the rows in their new state.
    public enum Content: Sendable {
        case created(Notification)
        case aggregated(Notification)
        /// One row or several, folded, in seq order. A row that was retracted and is not deleted has lost an actor.
        case updated(RowOperation, [Notification])
        /// - count: rows that the mark covered.
        case marked(Mark, upTo: Seq, count: Int)
        /// For somebody who acted: what became of a row at its reader. It has no place in the order of changes.
        case receipt(Receipt)
        /// JSON of another program, for whoever is here now. It has no place in the order of changes.
        case passed(PassedMessage)
        /// Somebody writes something for a topic that the user belongs to, or does no longer. It has no place in the order of
        /// changes.
        case typing(TopicName, UserID, isTyping: Bool)
        /// Rows have changed, or gone, in a way that no frame tells: sessions ask the store.
        case revised
        /// A command that changed nothing: only the session that asked hears of it.
        case unchanged(UnchangedCommand)
    }

    /// A command that changed nothing, answered all the same.
    public enum UnchangedCommand: Sendable {
        case rows(RowOperation, [NotificationID])
        case mark(Mark)
        case failed(StoreError)
    }

    /// What became of a notification, told to the one who caused it.
    public struct Receipt: Sendable, Equatable {
        /// How far it has come.
        public enum Status: String, Sendable {
            case delivered, read
        }

        /// The reader's row.
        public var notification: NotificationID
        /// Whose row it is.
        public var reader: UserID
        /// What has happened to it.
        public var status: Status
        /// When that happened.
        public var at: Timestamp

        /// News of one row for its actor.
        public init(notification: NotificationID, reader: UserID, status: Status, at: Timestamp) {
            self.notification = notification
            self.reader = reader
            self.status = status
            self.at = at
        }
    }

    /// Whose inbox changed.
    public var user: UserID
    /// The seq before this change: a session at or above it may take the change.
    public var from: Seq
    /// The counters after this change.
    public var inbox: Inbox
    /// What the change was.
    public var content: Content
    /// The session that is to be answered; nil where none asked.
    public var origin: CommandOrigin?

    /// JSON of another program for a user's sessions, which tells of no change.
    public init(_ message: PassedMessage) {
        self.init(user: message.user, from: 0, inbox: Inbox(), content: .passed(message))
    }

    /// A change of one inbox, as it is after the commit.
    public init(user: UserID, from: Seq, inbox: Inbox, content: Content, origin: CommandOrigin? = nil) {
        self.user = user
        self.from = from
        self.inbox = inbox
        self.content = content
        self.origin = origin
    }

    /// The last seq of the change.
    public var seq: Seq { inbox.seq }
}

/// Takes each committed batch, in commit order, before the callers are answered. It must not block.
///
/// An empty batch says that the store had trouble: what was concluded from earlier ones about heads is to be forgotten
/// (RULES 14).
public typealias PublicationSink = @Sendable ([Publication]) -> Void
