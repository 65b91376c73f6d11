#if PostgreSQL
    internal import PealCore

    /// The counters of the users of one batch, each locked until its end: nobody else changes them or their rows meanwhile.
    final class InboxTable {
        final class Entry {
            let user: UserID
            /// Under which its rows are kept.
            fileprivate(set) var number: Int64
            fileprivate(set) var inbox: Inbox
            /// The greatest id that a row of it ever had.
            fileprivate var lastID: NotificationID?
            fileprivate var isDirty = false
            /// What the table of read marks has.
            fileprivate var storedTimes: ReadTimes?

            fileprivate init(user: UserID, number: Int64, inbox: Inbox) {
                self.user = user
                self.number = number
                self.inbox = inbox
            }
        }

        static let columns = "number, seq, unread, unseen, read_mark, read_mark_seq, seen_mark, seen_mark_seq, floor"
        private static let written = "\(columns), last_id"

        private static let create = PGStatement(
            "INSERT INTO inboxes (user_id) SELECT * FROM unnest($1::text[]) ON CONFLICT (user_id) DO NOTHING")
        private static let lockFree = PGStatement(lock("SKIP LOCKED"))
        private static let lockAll = PGStatement(lock(""))
        private static let times = PGStatement(
            "SELECT i.user_id, m.mark, m.at FROM unnest($1::text[]) AS w (user_id) JOIN inboxes AS i USING (user_id) "
                + "JOIN read_marks AS m ON m.inbox = i.number WHERE i.read_mark > 0 ORDER BY i.user_id, m.mark")
        private static let elements: [PGArray.Element] =
            [.text] + Array(repeating: .integer, count: 9) + [.id]
        private static let write = PGStatement(
            "INSERT INTO inboxes (user_id, \(written)) SELECT * FROM \(PGColumns.unnest(elements)) "
                + "ON CONFLICT (user_id) DO UPDATE SET "
                + written.split(separator: ", ").map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
        private static let insertTime = PGStatement(
            "INSERT INTO read_marks (inbox, mark, at) VALUES ($1, $2, $3) ON CONFLICT (inbox, mark) DO UPDATE SET at = $3"
        )
        private static let deleteTimes = PGStatement("DELETE FROM read_marks WHERE inbox = $1 AND mark < $2")
        private static let remove = PGStatement("DELETE FROM inboxes WHERE user_id = $1 AND seq = 0")
        private static let nextNumber = PGStatement("SELECT nextval('inbox_numbers')")

        private static func lock(_ wait: String) -> String {
            "SELECT i.user_id, \(written) FROM unnest($1::text[]) AS w (user_id) JOIN inboxes AS i USING (user_id) "
                + "ORDER BY i.user_id FOR UPDATE OF i \(wait)"
        }

        private let session: WriteSession
        private var entries: [UserID: Entry] = [:]
        private var dirty: [Entry] = []
        /// Users that have a row in the table, which goes only with a user who is erased and never had a notification.
        private var known: Set<UserID> = []
        private let knownLimit: Int
        private var asked: [UserID] = []
        /// The greatest id in any inbox that was ever locked here.
        private(set) var newest: NotificationID?

        init(_ session: WriteSession, knownLimit: Int) {
            self.session = session
            self.knownLimit = knownLimit
        }

        /// Whether this batch may change what belongs to a user.
        func isLocked(_ user: UserID) -> Bool { entries[user] != nil }

        /// Those of them that may not have a row yet.
        func unknown(of users: [UserID]) -> [UserID] { users.filter { !known.contains($0) } }

        /// Sends what makes rows for users, in the order of their bytes.
        func create(
            _ users: [UserID], with send: (PGStatement, PGParameters) throws(StoreError) -> Void
        ) throws(StoreError) {
            var parameters = PGParameters()
            parameters.bind(PGArray(users))
            try send(Self.create, parameters)
        }

        /// Asks for the locks of users, in the order of their bytes.
        ///
        /// - Parameter waiting: whether to wait for those that somebody else has; they are left out otherwise.
        func askLocks(of users: [UserID], waiting: Bool) throws(StoreError) {
            var parameters = PGParameters()
            parameters.bind(PGArray(users))
            // Where they are waited for and not found, another node has removed the row with the user.
            asked = waiting ? users : []
            try session.ask(waiting ? Self.lockAll : Self.lockFree, parameters)
            try session.ask(Self.times, parameters)
        }

        /// Takes the answers to ``askLocks(of:waiting:)``.
        func takeLocks(_ rows: PGRows, times: PGRows) {
            defer { for user in asked where entries[user] == nil { known.remove(user) } }
            while rows.next() {
                let user = rows.user()
                if known.count >= knownLimit { known.removeAll() }
                known.insert(user)
                guard entries[user] == nil else { continue }
                let number = rows.integer()
                let entry = Entry(user: user, number: number, inbox: rows.inbox())
                entry.lastID = rows.optionalID()
                if let id = entry.lastID { newest = max(newest ?? id, id) }
                entries[user] = entry
            }
            for (user, readTimes) in times.readTimes() {
                guard let entry = entries[user], entry.inbox.readTimes == nil else { continue }
                entry.inbox.readTimes = readTimes
                entry.storedTimes = readTimes
            }
        }

        /// Locks users that no one has asked for before, and waits for whoever has them.
        func lock(_ users: [UserID]) throws(StoreError) {
            try lockOnce(users)
            // Found to have gone, their rows are made again.
            try lockOnce(users)
        }

        private func lockOnce(_ users: [UserID]) throws(StoreError) {
            let missing = users.filter { entries[$0] == nil }.sorted()
            guard !missing.isEmpty else { return }
            let new = unknown(of: missing)
            if !new.isEmpty {
                try create(new) { statement, parameters throws(StoreError) in try session.send(statement, parameters) }
            }
            try session.flush()
            try askLocks(of: missing, waiting: true)
            let answers = try session.answers()
            guard answers.count == 2 else { throw StoreError(.internalFault, "locks were not answered") }
            takeLocks(answers[0], times: answers[1])
        }

        func entry(of user: UserID) throws(StoreError) -> Entry {
            if let entry = entries[user] { return entry }
            try lock([user])
            guard let entry = entries[user] else { throw StoreError(.internalFault, "an inbox could not be locked") }
            return entry
        }

        func set(_ inbox: Inbox, of user: UserID) throws(StoreError) {
            let entry = try entry(of: user)
            entry.inbox = inbox
            mark(entry)
        }

        /// Removes the row of a user who never had a notification, so that nothing of them is left.
        func removeUnused(_ user: UserID) throws(StoreError) {
            let entry = try entry(of: user)
            guard entry.inbox.seq == 0, !entry.isDirty else { return }
            var parameters = PGParameters()
            parameters.bind(user)
            try session.send(Self.remove, parameters)
            entries[user] = nil
            known.remove(user)
        }

        /// A row with this id came.
        func note(_ id: NotificationID, in entry: Entry) {
            entry.lastID = max(entry.lastID ?? id, id)
            mark(entry)
        }

        /// Goes on under a new number, so that the rows of the old one are nobody's.
        ///
        /// - Returns: the old number.
        func renumber(_ user: UserID, leaving inbox: Inbox) throws(StoreError) -> Int64 {
            let entry = try entry(of: user)
            let old = entry.number
            let rows = try session.query(Self.nextNumber, .none)
            guard rows.next() else { throw StoreError(.internalFault, "no number for an inbox") }
            entry.number = rows.integer()
            entry.storedTimes = nil
            entry.inbox = inbox
            mark(entry)
            return old
        }

        private func mark(_ entry: Entry) {
            guard !entry.isDirty else { return }
            entry.isDirty = true
            dirty.append(entry)
        }

        /// Sends what the batch has changed.
        func flush() throws(StoreError) {
            guard !dirty.isEmpty else { return }
            var columns = PGColumns(Self.elements)
            for entry in dirty {
                columns.bind(entry.user.rawValue)
                columns.bind(entry.number)
                columns.bind(entry.inbox)
                if let id = entry.lastID { columns.bind(id) } else { columns.bindNull() }
                entry.isDirty = false
            }
            try session.send(Self.write, columns.parameters)
            for entry in dirty where entry.inbox.readTimes !== entry.storedTimes { try flushTimes(of: entry) }
            dirty.removeAll(keepingCapacity: true)
        }

        private func flushTimes(of entry: Entry) throws(StoreError) {
            let times = entry.inbox.readTimes?.entries ?? []
            let latest = entry.storedTimes?.latest?.mark ?? 0
            for time in times where time.mark > latest {
                var parameters = PGParameters()
                parameters.bind(entry.number)
                parameters.bind(time.mark)
                parameters.bind(time.at)
                try session.send(Self.insertTime, parameters)
            }
            if times.count == ReadTimes.limit, let oldest = times.first {
                var parameters = PGParameters()
                parameters.bind(entry.number)
                parameters.bind(oldest.mark)
                try session.send(Self.deleteTimes, parameters)
            }
            entry.storedTimes = entry.inbox.readTimes
        }

        func forget() {
            entries.removeAll(keepingCapacity: true)
            dirty.removeAll(keepingCapacity: true)
        }
    }

    extension PGColumns {
        fileprivate mutating func bind(_ inbox: Inbox) {
            bind(inbox.seq)
            bind(inbox.unreadCount)
            bind(inbox.unseenCount)
            bind(inbox.readMark)
            bind(inbox.readMarkSeq)
            bind(inbox.seenMark)
            bind(inbox.seenMarkSeq)
            bind(inbox.floor)
        }
    }

    extension PGRows {
        /// The columns of ``InboxTable/columns`` after the number.
        func inbox() -> Inbox {
            Inbox(
                seq: integer(), unreadCount: Int(integer()), unseenCount: Int(integer()), readMark: integer(),
                readMarkSeq: integer(), seenMark: integer(), seenMarkSeq: integer(), floor: integer())
        }

        /// The columns `user_id, mark, at`, in order.
        func readTimes() -> [UserID: ReadTimes] {
            var entries: [UserID: [ReadTimes.Entry]] = [:]
            while next() {
                let user = user()
                entries[user, default: []].append(ReadTimes.Entry(mark: integer(), at: time()))
            }
            return entries.mapValues(ReadTimes.init)
        }
    }
#endif
