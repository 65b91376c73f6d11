internal import PealCore
internal import PealSQL

/// Erasures that are under way, and the removal of what they have taken away.
final class ErasureTable {
    /// A table that keeps records by user, besides the inbox.
    struct PersonalTable {
        var name: String
        /// Holds the user's id.
        var userColumn: String
        var primaryKey: [String]

        /// `?1` is the user, `?2` how many records at most.
        fileprivate var deletion: String {
            let key = primaryKey.joined(separator: ", ")
            return
                "DELETE FROM \(name) WHERE (\(key)) IN (SELECT \(key) FROM \(name) WHERE \(userColumn) = ?1 LIMIT ?2)"
        }
    }

    /// What goes with the user. A table whose rows the writer keeps in memory has to be told in ``WriteTransaction``.
    static let personalTables = [
        PersonalTable(name: "users", userColumn: "id", primaryKey: ["id"]),
        PersonalTable(name: "preferences", userColumn: "user", primaryKey: ["user"]),
        PersonalTable(name: "target_mutes", userColumn: "user", primaryKey: ["user", "target_type", "target_id"]),
        PersonalTable(name: "actor_mutes", userColumn: "user", primaryKey: ["user", "actor"]),
        PersonalTable(name: "topic_members", userColumn: "user", primaryKey: ["topic", "user"]),
        PersonalTable(name: "deliveries", userColumn: "user", primaryKey: ["row"]),
        // That others have muted the user.
        PersonalTable(name: "actor_mutes", userColumn: "actor", primaryKey: ["user", "actor"]),
    ]

    /// Tables that keep something by the number of a notification, in a column `row`.
    static let tablesOfRows = ["notification_actors"]

    static let columns = "user, alias, started_at, round, row, answer, notifications, records, mentions, answers"

    private let connection: SQLConnection
    private let select: SQLStatement
    private let replace: SQLStatement
    private let delete: SQLStatement
    private let insertDetached: SQLStatement
    private let selectDetached: SQLStatement
    private let deleteDetached: SQLStatement
    private let deleteMarks: SQLStatement
    private let deletePersonal: [SQLStatement]
    private let deleteOfRows: [SQLStatement]
    private let deleteRows: SQLStatement
    private let renameActor: SQLStatement
    private let selectAnswer: SQLStatement
    private let updateAnswer: SQLStatement

    init(_ connection: SQLConnection) throws(StoreError) {
        self.connection = connection
        select = try connection.prepare("SELECT \(Self.columns) FROM erasures WHERE user = ?")
        replace = try connection.prepare(
            "INSERT OR REPLACE INTO erasures (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        delete = try connection.prepare("DELETE FROM erasures WHERE user = ?")
        insertDetached = try connection.prepare("INSERT INTO detached_inboxes (inbox, user) VALUES (?, ?)")
        selectDetached = try connection.prepare("SELECT inbox FROM detached_inboxes WHERE user = ? LIMIT 1")
        deleteDetached = try connection.prepare("DELETE FROM detached_inboxes WHERE inbox = ?")
        deleteMarks = try connection.prepare("DELETE FROM read_marks WHERE inbox = ?")
        var personal: [SQLStatement] = []
        for table in Self.personalTables { personal.append(try connection.prepare(table.deletion)) }
        deletePersonal = personal
        let rows =
            "SELECT row FROM notifications INDEXED BY notifications_seq WHERE inbox = ?1 ORDER BY seq LIMIT ?2"
        var ofRows: [SQLStatement] = []
        for name in Self.tablesOfRows {
            ofRows.append(try connection.prepare("DELETE FROM \(name) WHERE row IN (\(rows))"))
        }
        deleteOfRows = ofRows
        deleteRows = try connection.prepare("DELETE FROM notifications WHERE row IN (\(rows))")
        renameActor = try connection.prepare(
            "UPDATE OR REPLACE notification_actors SET actor = ?1, name = ?4 "
                + "WHERE row = (SELECT row FROM notifications WHERE id = ?2) AND actor = ?3")
        selectAnswer = try connection.prepare("SELECT answer FROM idempotency_keys WHERE row = ?")
        updateAnswer = try connection.prepare("UPDATE idempotency_keys SET answer = ? WHERE row = ?")
    }
}

// MARK: - The erasures themselves

extension ErasureTable {
    func erasure(of user: UserID) throws(StoreError) -> Erasure? {
        defer { select.reset() }
        select.bind(user.rawValue)
        return try select.next() ? select.erasure() : nil
    }

    func set(_ erasure: Erasure) throws(StoreError) {
        replace.bind(erasure.user.rawValue)
        replace.bind(erasure.alias)
        replace.bind(erasure.startedAt)
        replace.bind(erasure.round)
        replace.bind(erasure.position.row)
        replace.bind(erasure.position.answer)
        replace.bind(erasure.removed.notifications)
        replace.bind(erasure.removed.records)
        replace.bind(erasure.removed.mentions)
        replace.bind(erasure.removed.answers)
        try replace.run()
    }

    func end(of user: UserID) throws(StoreError) {
        delete.bind(user.rawValue)
        try delete.run()
    }
}

extension SQLStatement {
    /// The columns of ``ErasureTable/columns``.
    func erasure() -> Erasure {
        Erasure(
            user: UserID(trusted: text()), alias: text(), startedAt: Timestamp(milliseconds: integer()),
            round: integer(), position: Erasure.Position(row: integer(), answer: integer()),
            removed: Erasure.Removed(
                notifications: Int(integer()), records: Int(integer()), mentions: Int(integer()),
                answers: Int(integer())))
    }
}

// MARK: - What goes

extension ErasureTable {
    /// Remembers that the rows of this inbox are to be removed.
    func detach(_ inbox: Int64, of user: UserID) throws(StoreError) {
        insertDetached.bind(inbox)
        insertDetached.bind(user.rawValue)
        try insertDetached.run()
    }

    func purgeDetached(of user: UserID, limit: Int) throws(StoreError) -> Int {
        var count = 0
        while count < limit, let inbox = try detachedInbox(of: user) {
            let removed = try purge(inbox, limit: limit - count)
            count += removed
            if count < limit {
                deleteMarks.bind(inbox)
                try deleteMarks.run()
                deleteDetached.bind(inbox)
                try deleteDetached.run()
            }
        }
        return count
    }

    private func detachedInbox(of user: UserID) throws(StoreError) -> Int64? {
        defer { selectDetached.reset() }
        selectDetached.bind(user.rawValue)
        return try selectDetached.next() ? selectDetached.integer() : nil
    }

    private func purge(_ inbox: Int64, limit: Int) throws(StoreError) -> Int {
        for statement in deleteOfRows + [deleteRows] {
            statement.bind(inbox)
            statement.bind(limit)
            try statement.run()
        }
        return connection.changes
    }

    func removeRecords(of user: UserID, limit: Int) throws(StoreError) -> Int {
        var count = 0
        for statement in deletePersonal where count < limit {
            statement.bind(user.rawValue)
            statement.bind(limit - count)
            try statement.run()
            count += connection.changes
        }
        return count
    }
}

// MARK: - What is renamed

extension ErasureTable {
    func renameActor(_ id: String, to alias: String, of row: NotificationID) throws(StoreError) {
        renameActor.bind(alias)
        renameActor.bind(row)
        renameActor.bind(id)
        renameActor.bind(Actor.someone(in: nil))
        try renameActor.run()
    }

    func renameRecipient(_ user: UserID, to alias: UserID, inAnswer number: Int64) throws(StoreError) -> Bool {
        guard let outcomes = try outcomes(ofAnswer: number) else { return false }
        var answer = RememberedAnswer(fingerprint: 0, outcomes: outcomes)
        guard answer.rename(user, to: alias) else { return false }
        updateAnswer.bind(Outcome.encoded(answer.outcomes))
        updateAnswer.bind(number)
        try updateAnswer.run()
        return true
    }

    private func outcomes(ofAnswer number: Int64) throws(StoreError) -> [Outcome]? {
        defer { selectAnswer.reset() }
        selectAnswer.bind(number)
        return try selectAnswer.next() ? Outcome.decoded(selectAnswer.text()) : nil
    }
}
