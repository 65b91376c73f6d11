/// How long rows are kept (RULES 4).
public struct RetentionPolicy: Sendable, Equatable {
    /// Since a row's last event; nil for ever.
    public var maximumAge: Duration?
    /// Active and archived rows of one user; the oldest go first. Nil for any number.
    public var maximumRows: Int?
    /// How long a tombstone tells clients that were away of a deletion. A cursor from before that is answered with a reset.
    public var tombstoneAge: Duration

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
    public struct Stale: Sendable, Equatable {
        public var id: NotificationID
        public var seq: Seq

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

    public init(stale: [Stale] = [], purgeBefore: Timestamp, purgeable: Int = 0) {
        self.stale = stale
        self.purgeBefore = purgeBefore
        self.purgeable = purgeable
    }

    public var isEmpty: Bool { stale.isEmpty && purgeable == 0 }
}

/// Rows whose time has come, and when the next one's does.
public struct DueRows: Sendable, Equatable {
    public struct Row: Sendable, Equatable {
        public var user: UserID
        public var id: NotificationID

        public init(user: UserID, id: NotificationID) {
            self.user = user
            self.id = id
        }
    }

    public var rows: [Row]
    /// The nearest time after now; nil where there is none, or where more are due than were asked for.
    public var next: Timestamp?

    public init(rows: [Row], next: Timestamp?) {
        self.rows = rows
        self.next = next
    }
}

/// Distinct actors of one row, the newest first.
public struct ActorPage: Sendable, Equatable {
    public var actors: [Actor]
    /// All of them.
    public var count: Int
    public var hasMore: Bool

    public init(actors: [Actor], count: Int, hasMore: Bool) {
        self.actors = actors
        self.count = count
        self.hasMore = hasMore
    }
}
