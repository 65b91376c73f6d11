internal import PealCore

/// Walks through a user's list, newest activity first, over the index that keeps unread, read and archived rows apart.
///
/// A row that a mark has read may still lie among the unread ones; so a list of read rows is merged from both.
struct ListWalk {
    private struct Range {
        let statement: SQLStatement
        var hasRow = false

        var lastEventAt: Int64 { statement.integer(at: NotificationColumns.lastEventAtColumn) }
        var number: Int64 { statement.integer(at: NotificationColumns.rowColumn) }

        mutating func advance() throws(StoreError) { hasRow = try statement.next() }
    }

    private let query: PageQuery
    private let inbox: Inbox
    private var ranges: [Range] = []
    /// How many rows of this status are still to come; nil where that is not known.
    private var left: Int?
    /// Rows among the unread ones that only the mark has read. They cost each walk a step until the writer folds them.
    private(set) var unfoldedCount = 0

    init(_ query: PageQuery, inbox: Inbox, id: Int64, reader: SnapshotReader) throws(StoreError) {
        self.query = query
        self.inbox = inbox
        if query.after == nil {
            left =
                switch query.status {
                case .unread: inbox.unreadCount
                case .unseen: inbox.unseenCount
                default: nil
                }
        }
        let before = try reader.bound(of: query.after)
        let statements = reader.sql.lists
        for (index, kind) in query.status.ranges.enumerated() {
            let statement = statements[index]
            statement.bind(id)
            statement.bind(kind.standing.rawValue)
            statement.bind(kind.isRead)
            statement.bind(before.lastEventAt)
            statement.bind(before.number)
            ranges.append(Range(statement: statement))
        }
        do throws(StoreError) {
            for index in ranges.indices { try ranges[index].advance() }
        } catch {
            end()
            throw error
        }
    }

    func end() {
        for range in ranges { range.statement.reset() }
    }

    /// The page, and whether another follows.
    mutating func page() throws(StoreError) -> (rows: [Notification], hasMore: Bool) {
        var rows: [Notification] = []
        var skipped = 0
        while left != 0, let index = newest() {
            if matches(ranges[index].statement) {
                if skipped < query.offset {
                    skipped += 1
                } else if rows.count == query.limit {
                    return (rows, true)
                } else {
                    rows.append(inbox.folded(ranges[index].statement.notification(of: query.user).row))
                }
            }
            try ranges[index].advance()
        }
        return (rows, false)
    }

    private func newest() -> Int? {
        var newest: Int?
        for index in ranges.indices where ranges[index].hasRow {
            guard let best = newest else {
                newest = index
                continue
            }
            let (left, right) = (ranges[index], ranges[best])
            if (left.lastEventAt, left.number) > (right.lastEventAt, right.number) { newest = index }
        }
        return newest
    }

    private mutating func matches(_ row: SQLStatement) -> Bool {
        if query.status != .all, query.status != .archived, query.status != .snoozed {
            var isRead = row.integer(at: NotificationColumns.isReadColumn) != 0
            if !isRead, row.integer(at: NotificationColumns.unreadSeqColumn) <= inbox.readMark {
                isRead = true
                unfoldedCount += 1
            }
            let isSeen =
                isRead || row.integer(at: NotificationColumns.isSeenColumn) != 0
                || row.integer(at: NotificationColumns.unseenSeqColumn) <= inbox.seenMark
            let isWanted =
                switch query.status {
                case .unread: !isRead
                case .unseen: !isSeen
                default: isRead
                }
            guard isWanted else { return false }
            if let count = left { left = count - 1 }
        }
        guard let type = query.type else { return true }
        return row.text(at: NotificationColumns.typeColumn, equals: type)
    }
}

extension PageQuery.Status {
    fileprivate var ranges: [(standing: Standing, isRead: Bool)] {
        switch self {
        case .all, .read: [(.active, false), (.active, true)]
        case .unread, .unseen: [(.active, false)]
        case .archived: [(.archived, true)]
        case .snoozed: [(.snoozed, false)]
        }
    }
}

extension SnapshotReader {
    /// The place in the list's order below which a page begins. The row itself may have gone meanwhile.
    fileprivate func bound(of position: PageQuery.Position?) throws(StoreError) -> (lastEventAt: Int64, number: Int64) {
        guard let position else { return (.max, .max) }
        let statement = sql.position
        defer { statement.reset() }
        statement.bind(position.id)
        guard try statement.next() else { return (position.lastEventAt.milliseconds, 0) }
        let number = statement.integer()
        return (position.lastEventAt.milliseconds, statement.id() == position.id ? number : number + 1)
    }
}
