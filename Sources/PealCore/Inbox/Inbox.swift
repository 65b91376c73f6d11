/// One user's counters and marks: everything about an inbox except its rows.
///
/// All arithmetic on counts lives in this type, so that two stores cannot disagree about it. It is a machine without
/// I/O: a store reads the inbox and the row, calls one mutating function, and writes both back in one transaction.
public struct Inbox: Sendable, Equatable {
    /// The last change.
    public var seq: Seq
    /// Exact, never capped.
    public var unreadCount: Int
    /// Exact, never capped; at most ``unreadCount``.
    public var unseenCount: Int
    /// Rows whose `unreadSeq` is at or below it are read.
    public var readMark: Seq
    /// The change that moved ``readMark``; 0 where none did.
    public var readMarkSeq: Seq
    /// The same as ``readMark``, for seen-all.
    public var seenMark: Seq
    /// The seq that the last seen-all took.
    public var seenMarkSeq: Seq
    /// Changes at or below it may have been purged: a cursor below it cannot be honoured.
    public var floor: Seq
    /// When the read marks were made. Whoever reads only counters may leave it out.
    public var readTimes: ReadTimes?

    /// An inbox with these counters; an empty one without any.
    public init(
        seq: Seq = 0, unreadCount: Int = 0, unseenCount: Int = 0, readMark: Seq = 0, readMarkSeq: Seq = 0,
        seenMark: Seq = 0, seenMarkSeq: Seq = 0, floor: Seq = 0, readTimes: ReadTimes? = nil
    ) {
        self.seq = seq
        self.unreadCount = unreadCount
        self.unseenCount = unseenCount
        self.readMark = readMark
        self.readMarkSeq = readMarkSeq
        self.seenMark = seenMark
        self.seenMarkSeq = seenMarkSeq
        self.floor = floor
        self.readTimes = readTimes
    }

    /// Adds the marks to what the row says. Every read and every decision folds first (RULES 2).
    public func fold(_ row: inout Notification) {
        guard row.standing == .active else { return }
        if !row.isRead, row.unreadSeq <= readMark {
            row.isRead = true
            row.readAt = readTimes?.time(of: row.unreadSeq)
        }
        if !row.isSeen, row.isRead || row.unseenSeq <= seenMark { row.isSeen = true }
    }

    /// The row as a reader sees it: with the marks taken into account.
    public func folded(_ row: Notification) -> Notification {
        var row = row
        fold(&row)
        return row
    }
}

extension Inbox {
    /// Counts a new row in, and gives it its seq.
    public mutating func insert(_ row: inout Notification) {
        seq += 1
        row.seq = seq
        row.unreadSeq = seq
        row.unseenSeq = seq
        unreadCount += 1
        unseenCount += 1
    }

    /// Lets one more event join an open group; the row has been folded.
    ///
    /// The unread count stays as it is; a seen row becomes unseen (RULES 3). A read-all mark from before this event does not
    /// cover it.
    public mutating func aggregate(_ row: inout Notification) {
        seq += 1
        row.seq = seq
        row.eventCount += 1
        if row.isSeen {
            row.isSeen = false
            unseenCount += 1
        }
        row.unreadSeq = seq
        row.unseenSeq = seq
    }

    /// Carries out an operation on one row.
    ///
    /// - Parameter until: when a snoozed row comes back; for `snooze` only.
    /// - Returns: false where nothing changes; then no seq is taken.
    public mutating func apply(
        _ operation: RowOperation, to row: inout Notification, at now: Timestamp, until: Timestamp? = nil
    ) -> Bool {
        fold(&row)
        let before = RowState(row)
        let after = operation.successor(of: before)
        guard after != before || operation.changesOnlyTimes(of: row, until: until) else { return false }
        seq += 1
        unreadCount += after.unread - before.unread
        unseenCount += after.unseen - before.unseen
        if before.isRead != after.isRead { row.readAt = after.isRead ? now : nil }
        if before.standing != after.standing { row.archivedAt = after.standing == .archived ? now : nil }
        row.snoozedUntil = after.standing == .snoozed ? until ?? row.snoozedUntil : nil
        if operation == .unsnooze { row.lastEventAt = now }
        if operation == .deliver { row.deliveredAt = now }
        if !after.isRead, before.unread == 0 { row.unreadSeq = seq }
        if !after.isSeen, before.unseen == 0 { row.unseenSeq = seq }
        row.standing = after.standing
        row.isRead = after.isRead
        row.isSeen = after.isSeen
        row.seq = seq
        row.updatedAt = now
        if after.standing == .deleted { row.groupKey = nil }
        return true
    }

    /// Takes an actor out of a row in which others remain: its text and its count change, its state does not (RULES 12).
    public mutating func reduce(_ row: inout Notification, to actors: [Actor], at now: Timestamp) {
        fold(&row)
        seq += 1
        row.seq = seq
        row.actors = actors
        row.actorCount -= 1
        row.updatedAt = now
    }

    /// Moves a mark up to a seq (nil: to the head).
    ///
    /// - Parameters:
    ///   - now: when rows that it reads are said to have been read.
    ///   - left: what is unread and unseen above a read mark and a seen mark; asked only where rows can be left.
    /// - Returns: how many rows it read or saw; nil where nothing changes, and then no seq is taken.
    public mutating func move(
        _ mark: Mark, upTo limit: Seq?, at now: Timestamp,
        left: (_ readMark: Seq, _ seenMark: Seq) throws -> UnreadCounts
    ) rethrows -> Int? {
        let target = min(limit ?? seq, seq)
        guard target > (mark == .readAll ? readMark : seenMark) else { return nil }
        let marks = mark == .readAll ? (target, seenMark) : (readMark, target)
        var counts = UnreadCounts(unread: mark == .readAll ? 0 : unreadCount, unseen: 0)
        if target < seq, unreadCount > 0 || unseenCount > 0 {
            counts = try left(marks.0, marks.1)
        }
        guard counts != UnreadCounts(unread: unreadCount, unseen: unseenCount) else { return nil }
        let covered = mark == .readAll ? unreadCount - counts.unread : unseenCount - counts.unseen
        (unreadCount, unseenCount) = (counts.unread, counts.unseen)
        (readMark, seenMark) = marks
        seq += 1
        if mark == .readAll {
            readMarkSeq = seq
            readTimes = readTimes.adding(readMark, at: now)
        } else {
            seenMarkSeq = seq
        }
        return covered
    }
}

extension RowOperation {
    /// Whether it leaves the state as it is and still has something to write.
    fileprivate func changesOnlyTimes(of row: Notification, until: Timestamp?) -> Bool {
        switch self {
        case .snooze: row.standing == .snoozed && until != nil && row.snoozedUntil != until
        case .deliver: row.standing != .deleted && row.wantsReceipt && row.deliveredAt == nil
        default: false
        }
    }
}

/// How many active rows are unread and unseen.
public struct UnreadCounts: Sendable, Equatable {
    /// Rows that are active and not read.
    public var unread: Int
    /// Those of them that are not seen either.
    public var unseen: Int

    /// Both counts of one inbox.
    public init(unread: Int, unseen: Int) {
        self.unread = unread
        self.unseen = unseen
    }
}
