import PealCore
import PealSQL

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
        /// Which read-all read it, as a number; nil where it was read by itself.
        var readByMark: Int?
        var archivedAt: Timestamp?
        var snoozedUntil: Timestamp?
        var expiresAt: Timestamp?
        var deliveredAt: Timestamp?
        var wantsReceipt = false
        var type: String
        var group: String?
    }

    var rows: [Row] = []
    var seq: Seq = 0
    var marks: [Change] = []
    /// Changes up to here may be forgotten.
    var floor: Seq = 0
    /// How many read-alls there were.
    var readMarks = 0

    var unread: Int { rows.count { $0.standing == .active && !$0.isRead } }
    var unseen: Int { rows.count { $0.standing == .active && !$0.isSeen } }

    /// Whether the store still knows when a row was read.
    func knowsReadTime(of row: Row) -> Bool {
        row.readByMark.map { readMarks - $0 < ReadTimes.limit } ?? true
    }

    func list(_ status: PageQuery.Status, type: String? = nil) -> [Row] {
        rows.filter { row in
            switch status {
            case .all: row.standing == .active
            case .unread: row.standing == .active && !row.isRead
            case .read: row.standing == .active && row.isRead
            case .unseen: row.standing == .active && !row.isSeen
            case .archived: row.standing == .archived
            case .snoozed: row.standing == .snoozed
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
                    updatedAt: now, expiresAt: event.expiresAt, wantsReceipt: event.wantsReceipt, type: event.type,
                    group: event.groupKey))
            return .created
        }
        rows[index].actors = actors + rows[index].actors.filter { !actors.contains($0) }
        rows[index].events += 1
        rows[index].wantsReceipt = rows[index].wantsReceipt || event.wantsReceipt
        if let end = rows[index].expiresAt { rows[index].expiresAt = event.expiresAt.map { max(end, $0) } }
        rows[index].isSeen = false
        (rows[index].seq, rows[index].calledAt, rows[index].shownAt) = (seq, seq, seq)
        (rows[index].lastEventAt, rows[index].updatedAt) = (now, now)
        return .aggregated
    }

    /// - Returns: whether anything changed.
    mutating func apply(
        _ operation: RowOperation, to index: Int, at now: Timestamp, until: Timestamp? = nil
    ) -> Bool {
        var row = rows[index]
        let wasSnoozed = row.standing == .snoozed
        switch operation {
        case .read:
            if wasSnoozed { row.standing = .active }
            (row.isRead, row.isSeen) = (true, true)
        case .unread where row.standing == .active: (row.isRead, row.isSeen) = (false, false)
        case .seen where !wasSnoozed: row.isSeen = true
        case .archive: (row.standing, row.isRead, row.isSeen) = (.archived, true, true)
        case .unarchive where row.standing == .archived: row.standing = .active
        case .snooze: (row.standing, row.isRead, row.isSeen, row.snoozedUntil) = (.snoozed, false, false, until)
        case .unsnooze where wasSnoozed: (row.standing, row.lastEventAt) = (.active, now)
        case .delete, .expire: (row.standing, row.group) = (.deleted, nil)
        case .deliver where row.wantsReceipt && row.deliveredAt == nil: row.deliveredAt = now
        default: break
        }
        if row.standing != .snoozed { row.snoozedUntil = nil }
        guard row != rows[index] else { return false }
        seq += 1
        row.seq = seq
        row.updatedAt = now
        if row.isRead != rows[index].isRead { (row.readAt, row.readByMark) = (row.isRead ? now : nil, nil) }
        if row.standing != rows[index].standing { row.archivedAt = row.standing == .archived ? now : nil }
        if rows[index].isRead || wasSnoozed, !row.isRead { row.calledAt = seq }
        if rows[index].isSeen || wasSnoozed, !row.isSeen { row.shownAt = seq }
        rows[index] = row
        return true
    }

    /// - Returns: how many rows were read or seen.
    mutating func mark(_ mark: Mark, upTo limit: Seq?, at now: Timestamp) -> Int {
        let limit = min(limit ?? seq, seq)
        var count = 0
        for index in rows.indices where rows[index].standing == .active {
            switch mark {
            case .readAll where rows[index].calledAt <= limit && !rows[index].isRead:
                (rows[index].isRead, rows[index].isSeen, rows[index].readAt) = (true, true, now)
                rows[index].readByMark = 0
                count += 1
            case .seenAll where rows[index].shownAt <= limit && !rows[index].isSeen:
                rows[index].isSeen = true
                count += 1
            default: break
            }
        }
        guard count > 0 else { return 0 }
        seq += 1
        if mark == .readAll {
            readMarks += 1
            for index in rows.indices
            where rows[index].isRead && rows[index].readAt == now && rows[index].readByMark == 0 {
                rows[index].readByMark = readMarks
            }
        }
        marks.removeAll { if case .mark(mark, _, _, _) = $0 { true } else { false } }
        marks.append(.mark(mark, upTo: limit, seq: seq, at: mark == .readAll ? now : nil))
        return count
    }
}

// MARK: - What happens by itself

extension ModelInbox {
    /// Snoozed rows come back and others end, in the order in which they are due; of those at the same time the older first.
    mutating func settle(at now: Timestamp) {
        func due(_ row: Row) -> Timestamp? {
            guard row.standing != .deleted else { return nil }
            return [row.snoozedUntil, row.expiresAt].compactMap(\.self).filter { $0 <= now }.min()
        }
        let waiting = rows.indices.compactMap { index in due(rows[index]).map { (at: $0, index: index) } }
            .sorted { ($0.at, rows[$0.index].id) < ($1.at, rows[$1.index].id) }
        for (_, index) in waiting {
            let ends = rows[index].expiresAt.map { $0 <= now } ?? false
            _ = apply(ends ? .expire : .unsnooze, to: index, at: now)
        }
    }

    /// An actor leaves every row that tells of the act.
    ///
    /// - Returns: the rows that changed.
    mutating func retract(_ type: String, by actor: String, at now: Timestamp) -> [Int] {
        let told = rows.indices.filter {
            rows[$0].standing != .deleted && rows[$0].type == type && rows[$0].actors.contains(actor)
        }
        for index in told {
            seq += 1
            (rows[index].seq, rows[index].updatedAt) = (seq, now)
            if rows[index].actors.count == 1 {
                (rows[index].standing, rows[index].group, rows[index].snoozedUntil) = (.deleted, nil, nil)
                rows[index].archivedAt = nil
            } else {
                rows[index].actors.removeAll { $0 == actor }
            }
        }
        return told
    }

    /// Ends the oldest rows beyond a number, and forgets what was removed before a time.
    mutating func retain(_ policy: RetentionPolicy, at now: Timestamp) {
        let kept = rows.indices.filter { rows[$0].standing == .active || rows[$0].standing == .archived }
            .sorted { (rows[$0].lastEventAt, rows[$0].id) < (rows[$1].lastEventAt, rows[$1].id) }
        let surplus = kept.count - (policy.maximumRows ?? kept.count)
        for (position, index) in kept.enumerated() {
            let isOld = policy.maximumAge.map { now - rows[index].lastEventAt > $0 } ?? false
            if position < surplus || isOld { _ = apply(.expire, to: index, at: now) }
        }
        let forgotten = rows.filter { $0.standing == .deleted && now - $0.updatedAt > policy.tombstoneAge }
        floor = max(floor, forgotten.map(\.seq).max() ?? 0)
        rows.removeAll { row in forgotten.contains { $0.id == row.id } }
    }
}

extension ModelInbox {
    /// Whether a row of the store is the one at a place.
    func isShown(by row: Notification, at index: Int) -> Bool {
        row.shows(rows[index], knowsReadTime: knowsReadTime(of: rows[index]))
    }
}
