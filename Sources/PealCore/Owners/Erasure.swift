/// That everything about a user is being removed, and how far that is: kept in the store until it is done, so that a server
/// that dies in the middle goes on where it was.
public struct Erasure: Sendable, Equatable {
    /// How far the walk through everybody's rows, and through the remembered answers, has come.
    public struct Position: Sendable, Equatable {
        /// Opaque numbers of the driver; `.max` behind the last.
        public var row: Int64
        /// Opaque as well.
        public var answer: Int64

        /// The beginning, where nothing else is said.
        public init(row: Int64 = 0, answer: Int64 = 0) {
            self.row = row
            self.answer = answer
        }

        /// Whether everything has been looked through.
        public var isAtEnd: Bool { row == .max && answer == .max }
    }

    /// What has gone so far.
    public struct Removed: Sendable, Equatable {
        /// Rows of the user's own inbox, tombstones too.
        public var notifications: Int
        /// Profile, and what else is kept by user.
        public var records: Int
        /// Rows of others in which the user was an actor, who has no name there any more.
        public var mentions: Int
        /// Answers to idempotency keys that named the user.
        public var answers: Int

        /// Nothing yet, where nothing else is said.
        public init(notifications: Int = 0, records: Int = 0, mentions: Int = 0, answers: Int = 0) {
            self.notifications = notifications
            self.records = records
            self.mentions = mentions
            self.answers = answers
        }
    }

    /// Who is being removed.
    public var user: UserID
    /// What stands for the user's id from now on where another's row needs one. Random, and forgotten at the end.
    public var alias: String
    /// When it was first asked for.
    public var startedAt: Timestamp
    /// Grows each time that it is asked for before it is done.
    public var round: Int64
    /// Where the next step begins.
    public var position: Position
    /// The work so far, for the answer and the log.
    public var removed: Removed

    /// An erasure at its beginning, where nothing else is said.
    public init(
        user: UserID, alias: String, startedAt: Timestamp, round: Int64 = 0, position: Position = Position(),
        removed: Removed = Removed()
    ) {
        self.user = user
        self.alias = alias
        self.startedAt = startedAt
        self.round = round
        self.position = position
        self.removed = removed
    }
}

/// One step of an erasure. Each is small and may be repeated; whoever drives them is `Eraser`.
public enum ErasureCommand: Sendable {
    /// Empties the inbox at once for everybody who looks, forgets the profile, and leaves the rest to the next steps. Asked again
    /// before the end it does so again, with the first alias.
    case begin(UserID, alias: String)
    /// Removes what the first step took away.
    ///
    /// - limit: rows at most; fewer say that nothing is left.
    case purge(UserID, limit: Int)
    /// Takes the name out of what was found. Found in an earlier round, it does not move the position.
    case anonymise(UserID, round: Int64, ErasureTraces)
    /// Forgets the erasure itself, unless it has been asked for again since that round.
    case end(UserID, round: Int64)

    /// Rows that it may write.
    public var weight: Int {
        switch self {
        case .begin, .end: 1
        case .purge(_, let limit): max(1, limit)
        case .anonymise(_, _, let traces): max(1, traces.rows.count + traces.answers.count)
        }
    }
}

/// What still names a user, found in a stretch of the store.
public struct ErasureTraces: Sendable, Equatable {
    /// A row of somebody else.
    public struct Row: Sendable, Equatable {
        /// Whose inbox it is in.
        public var owner: UserID
        /// The row.
        public var id: NotificationID

        /// A row by its owner and id.
        public init(owner: UserID, id: NotificationID) {
            self.owner = owner
            self.id = id
        }
    }

    /// Rows that have the user among their actors.
    public var rows: [Row]
    /// Numbers of remembered answers, the driver's own.
    public var answers: [Int64]
    /// Where the next stretch begins.
    public var next: Erasure.Position

    /// What one stretch held.
    public init(rows: [Row] = [], answers: [Int64] = [], next: Erasure.Position) {
        self.rows = rows
        self.answers = answers
        self.next = next
    }

    /// Whether the stretch held nothing.
    public var isEmpty: Bool { rows.isEmpty && answers.isEmpty }
}
