internal import PealCore

/// The counters of users, the recently used ones in memory. Only the writer changes them, so memory cannot be stale.
final class InboxTable {
    final class Entry {
        let user: UserID
        /// Its number in the database; nil until it gets its first row.
        fileprivate(set) var id: Int64?
        fileprivate(set) var inbox: Inbox
        fileprivate var isStored: Bool
        fileprivate var isDirty = false
        /// What the table of read marks has.
        fileprivate var storedTimes: ReadTimes?

        fileprivate init(user: UserID, id: Int64?, inbox: Inbox) {
            self.user = user
            self.id = id
            self.inbox = inbox
            self.isStored = id != nil
            self.storedTimes = inbox.readTimes
        }
    }

    static let columns = "id, seq, unread, unseen, read_mark, read_mark_seq, seen_mark, seen_mark_seq, floor"

    private let connection: SQLConnection
    private let select: SQLStatement
    private let insert: SQLStatement
    private let update: SQLStatement
    private let selectTimes: SQLStatement
    private let insertTime: SQLStatement
    private let deleteTimes: SQLStatement
    private let delete: SQLStatement
    private var entries: RecentCache<UserID, Entry>
    private var dirty: [Entry] = []
    private var lastID: Int64?

    init(_ connection: SQLConnection, capacity: Int) throws(StoreError) {
        self.connection = connection
        entries = RecentCache(capacity: capacity)
        select = try connection.prepare("SELECT \(Self.columns) FROM inboxes WHERE user = ?")
        insert = try connection.prepare(
            "INSERT INTO inboxes (seq, unread, unseen, read_mark, read_mark_seq, seen_mark, seen_mark_seq, floor, id, user)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        update = try connection.prepare(
            "UPDATE inboxes SET seq = ?, unread = ?, unseen = ?, read_mark = ?, read_mark_seq = ?, seen_mark = ?, "
                + "seen_mark_seq = ?, floor = ? WHERE id = ?")
        selectTimes = try connection.prepare(Self.times)
        insertTime = try connection.prepare("INSERT OR REPLACE INTO read_marks (inbox, mark, at) VALUES (?, ?, ?)")
        deleteTimes = try connection.prepare("DELETE FROM read_marks WHERE inbox = ? AND mark < ?")
        delete = try connection.prepare("DELETE FROM inboxes WHERE id = ?")
    }

    static let times = "SELECT mark, at FROM read_marks WHERE inbox = ? ORDER BY mark"

    func entry(of user: UserID) throws(StoreError) -> Entry {
        if let entry = entries[user] { return entry }
        defer { select.reset() }
        select.bind(user.rawValue)
        let entry: Entry
        if try select.next() {
            let id = select.integer()
            var inbox = select.inbox()
            if inbox.readMark > 0 { inbox.readTimes = try selectTimes.readTimes(of: id) }
            entry = Entry(user: user, id: id, inbox: inbox)
        } else {
            entry = Entry(user: user, id: nil, inbox: Inbox())
        }
        entries[user] = entry
        return entry
    }

    /// The number under which this user's rows are stored, given on first use.
    func identify(_ user: UserID) throws(StoreError) -> Int64 {
        let entry = try entry(of: user)
        if let id = entry.id { return id }
        let last = try highestID()
        lastID = last + 1
        entry.id = last + 1
        mark(entry)
        return last + 1
    }

    private func highestID() throws(StoreError) -> Int64 {
        if lastID == nil { lastID = try connection.integer("SELECT max(id) FROM inboxes") }
        return lastID ?? 0
    }

    /// Goes on under a new number, greater than all, so that the rows of the old one are nobody's.
    ///
    /// - Returns: the old number; nil where there was none.
    func renumber(_ user: UserID, leaving inbox: Inbox) throws(StoreError) -> Int64? {
        let entry = try entry(of: user)
        guard let old = entry.id else { return nil }
        // Asked before the old number goes, which may be the highest.
        _ = try highestID()
        if entry.isStored {
            delete.bind(old)
            try delete.run()
            entry.isStored = false
        }
        entry.id = nil
        entry.storedTimes = nil
        try set(inbox, of: user)
        return old
    }

    func set(_ inbox: Inbox, of user: UserID) throws(StoreError) {
        _ = try identify(user)
        let entry = try entry(of: user)
        entry.inbox = inbox
        mark(entry)
    }

    private func mark(_ entry: Entry) {
        guard !entry.isDirty else { return }
        entry.isDirty = true
        dirty.append(entry)
    }

    /// Writes what the batch has changed, in the order of the table's pages.
    func flush() throws(StoreError) {
        dirty.sort { ($0.id ?? 0) < ($1.id ?? 0) }
        for entry in dirty {
            let statement = entry.isStored ? update : insert
            statement.bind(entry.inbox)
            statement.bind(entry.id ?? 0)
            if !entry.isStored { statement.bind(entry.user.rawValue) }
            try statement.run()
            if entry.inbox.readTimes !== entry.storedTimes { try flushTimes(of: entry) }
            entry.isStored = true
            entry.isDirty = false
        }
        dirty.removeAll(keepingCapacity: true)
    }

    private func flushTimes(of entry: Entry) throws(StoreError) {
        let times = entry.inbox.readTimes?.entries ?? []
        let known = entry.storedTimes?.latest?.mark ?? 0
        for time in times where time.mark > known {
            insertTime.bind(entry.id ?? 0)
            insertTime.bind(time.mark)
            insertTime.bind(time.at)
            try insertTime.run()
        }
        if times.count == ReadTimes.limit, let oldest = times.first {
            deleteTimes.bind(entry.id ?? 0)
            deleteTimes.bind(oldest.mark)
            try deleteTimes.run()
        }
        entry.storedTimes = entry.inbox.readTimes
    }

    func trim() {
        entries.trim()
    }

    func forget() {
        entries.removeAll()
        dirty.removeAll()
        lastID = nil
    }
}

extension SQLStatement {
    /// The columns of ``InboxTable/columns`` after the number.
    func inbox() -> Inbox {
        Inbox(
            seq: integer(), unreadCount: Int(integer()), unseenCount: Int(integer()), readMark: integer(),
            readMarkSeq: integer(), seenMark: integer(), seenMarkSeq: integer(), floor: integer())
    }

    /// The rows of ``InboxTable/times``; nil where there is none.
    func readTimes(of inbox: Int64) throws(StoreError) -> ReadTimes? {
        defer { reset() }
        bind(inbox)
        var entries: [ReadTimes.Entry] = []
        while try next() { entries.append(ReadTimes.Entry(mark: integer(), at: Timestamp(milliseconds: integer()))) }
        return entries.isEmpty ? nil : ReadTimes(entries)
    }

    fileprivate func bind(_ inbox: Inbox) {
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
