import PealCore

/// What an inbox must be, in the plainest words: an array of rows, nothing folded, nothing counted ahead.
///
/// Written from DESIGN §6 and the rules of marks, not from the code under test; slow on purpose.
struct ModelInbox {
    struct Row: Equatable {
        var id: NotificationID
        var seq: Seq
        /// The newest change that calls for reading, and for seeing.
        var calledAt: Seq
        var shownAt: Seq
        var standing = Standing.active
        var isRead = false
        var isSeen = false
        /// The newest first, all of them.
        var actors: [String] = []
        var events = 1
        var createdAt: Timestamp
        var lastEventAt: Timestamp
        var updatedAt: Timestamp
        var readAt: Timestamp?
        var archivedAt: Timestamp?
        var type: String
        var group: String?
    }

    var rows: [Row] = []
    var seq: Seq = 0
    var marks: [Change] = []

    var unread: Int { rows.count { $0.standing == .active && !$0.isRead } }
    var unseen: Int { rows.count { $0.standing == .active && !$0.isSeen } }

    func list(_ status: PageQuery.Status, type: String? = nil) -> [Row] {
        rows.filter { row in
            switch status {
            case .all: row.standing == .active
            case .unread: row.standing == .active && !row.isRead
            case .read: row.standing == .active && row.isRead
            case .unseen: row.standing == .active && !row.isSeen
            case .archived: row.standing == .archived
            }
        }
        .filter { type == nil || $0.type == type }
        .sorted { ($0.lastEventAt, $0.id) > ($1.lastEventAt, $1.id) }
    }

    /// Seqs of the rows and marks that changed after a seq.
    func changes(after seq: Seq) -> [Seq] {
        (rows.map(\.seq) + marks.map(\.seq)).filter { $0 > seq }.sorted()
    }
}

extension ModelInbox {
    /// The row that takes the event; nil where a new one begins.
    func group(for event: Event, at now: Timestamp) -> Int? {
        guard let key = event.groupKey, let index = rows.lastIndex(where: { $0.group == key }) else { return nil }
        let row = rows[index]
        let policy = event.grouping
        let isOpen =
            row.standing == .active && !row.isRead && row.events < policy.maximumEvents
            && now.milliseconds - row.lastEventAt.milliseconds <= policy.window.wholeMilliseconds
            && now.milliseconds - row.createdAt.milliseconds <= policy.maximumAge.wholeMilliseconds
        return isOpen ? index : nil
    }

    /// - Parameter id: the id that the store gave to a new row.
    mutating func receive(_ event: Event, id: NotificationID, at now: Timestamp) -> Outcome.Kind {
        seq += 1
        let actors = event.actor.map { [$0.id] } ?? []
        guard let index = group(for: event, at: now) else {
            rows.append(
                Row(
                    id: id, seq: seq, calledAt: seq, shownAt: seq, actors: actors, createdAt: now, lastEventAt: now,
                    updatedAt: now, type: event.type, group: event.groupKey))
            return .created
        }
        rows[index].actors = actors + rows[index].actors.filter { !actors.contains($0) }
        rows[index].events += 1
        rows[index].isSeen = false
        (rows[index].seq, rows[index].calledAt, rows[index].shownAt) = (seq, seq, seq)
        (rows[index].lastEventAt, rows[index].updatedAt) = (now, now)
        return .aggregated
    }

    /// - Returns: whether anything changed.
    mutating func apply(_ operation: RowOperation, to index: Int, at now: Timestamp) -> Bool {
        var row = rows[index]
        switch operation {
        case .read: (row.isRead, row.isSeen) = (true, true)
        case .unread where row.standing == .active: (row.isRead, row.isSeen) = (false, false)
        case .unread: break
        case .seen: row.isSeen = true
        case .archive: (row.standing, row.isRead, row.isSeen) = (.archived, true, true)
        case .unarchive: row.standing = .active
        case .delete: (row.standing, row.group) = (.deleted, nil)
        }
        guard row != rows[index] else { return false }
        seq += 1
        row.seq = seq
        row.updatedAt = now
        if row.isRead != rows[index].isRead { row.readAt = row.isRead ? now : nil }
        if row.standing != rows[index].standing { row.archivedAt = row.standing == .archived ? now : nil }
        if rows[index].isRead, !row.isRead { row.calledAt = seq }
        if rows[index].isSeen, !row.isSeen { row.shownAt = seq }
        rows[index] = row
        return true
    }

    /// - Returns: how many rows were read or seen.
    mutating func mark(_ mark: Mark, upTo limit: Seq?) -> Int {
        let limit = min(limit ?? seq, seq)
        var count = 0
        for index in rows.indices where rows[index].standing == .active {
            switch mark {
            case .readAll where rows[index].calledAt <= limit && !rows[index].isRead:
                (rows[index].isRead, rows[index].isSeen) = (true, true)
                count += 1
            case .seenAll where rows[index].shownAt <= limit && !rows[index].isSeen:
                rows[index].isSeen = true
                count += 1
            default: break
            }
        }
        guard count > 0 else { return 0 }
        seq += 1
        marks.removeAll { if case .mark(mark, _, _) = $0 { true } else { false } }
        marks.append(.mark(mark, upTo: limit, seq: seq))
        return count
    }
}
