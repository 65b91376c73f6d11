/// How long rows are kept (RULES 4).
public struct RetentionPolicy: Sendable, Equatable {
    /// Since a row's last event; nil for ever.
    public var maximumAge: Duration?
    /// Active and archived rows of one user; the oldest go first. Nil for any number.
    public var maximumRows: Int?
    /// How long a tombstone tells clients that were away of a deletion. A cursor from before that is answered with a reset.
    public var tombstoneAge: Duration

    /// A policy that keeps everything but tombstones, where nothing else is said.
    public init(maximumAge: Duration? = nil, maximumRows: Int? = nil, tombstoneAge: Duration = .seconds(7 * 86_400)) {
        self.maximumAge = maximumAge
        self.maximumRows = maximumRows
        self.tombstoneAge = tombstoneAge
    }
}

/// A little of what retention asks for in one inbox, found by a reader.
///
/// A row of it that has changed since is left alone.
public struct RetentionStep: Sendable, Equatable {
    /// A row that is too old, or one too many, as it was found.
    public struct Stale: Sendable, Equatable {
        /// The row.
        public var id: NotificationID
        /// The seq it had: another one says that it has changed since.
        public var seq: Seq

        /// A row and the seq it had.
        public init(id: NotificationID, seq: Seq) {
            self.id = id
            self.seq = seq
        }
    }

    /// Rows to make tombstones of, the oldest first.
    public var stale: [Stale]
    /// Tombstones from before this time may go.
    public var purgeBefore: Timestamp
    /// How many tombstones are due, at most the limit that was asked for.
    public var purgeable: Int

    /// A step; of nothing where no more is said.
    public init(stale: [Stale] = [], purgeBefore: Timestamp, purgeable: Int = 0) {
        self.stale = stale
        self.purgeBefore = purgeBefore
        self.purgeable = purgeable
    }

    /// Whether the inbox needs nothing now.
    public var isEmpty: Bool { stale.isEmpty && purgeable == 0 }
}

/// Rows whose time has come, and when the next one's does.
public struct DueRows: Sendable, Equatable {
    /// A row whose snooze or whose life is over.
    public struct Row: Sendable, Equatable {
        /// Whose it is.
        public var user: UserID
        /// The row.
        public var id: NotificationID

        /// A row by its owner and id.
        public init(user: UserID, id: NotificationID) {
            self.user = user
            self.id = id
        }
    }

    /// The most overdue first.
    public var rows: [Row]
    /// The nearest time after now; nil where there is none, or where more are due than were asked for.
    public var next: Timestamp?

    /// What is due, and when to look again.
    public init(rows: [Row], next: Timestamp?) {
        self.rows = rows
        self.next = next
    }
}

/// Distinct actors of one row, the newest first.
public struct ActorPage: Sendable, Equatable {
    /// Those of this page.
    public var actors: [Actor]
    /// All of them.
    public var count: Int
    /// Whether an older actor follows the page.
    public var hasMore: Bool

    /// One page out of `count` actors.
    public init(actors: [Actor], count: Int, hasMore: Bool) {
        self.actors = actors
        self.count = count
        self.hasMore = hasMore
    }
}
