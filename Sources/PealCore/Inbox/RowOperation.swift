/// What can be asked for one row. `spec/inbox-operations.json` lists every case; a test compares the two.
public enum RowOperation: String, Sendable, CaseIterable {
    case read, unread, seen, archive, unarchive, delete

    /// The `update_type` that other sessions are told.
    public var updateType: StaticString {
        switch self {
        case .read: "read"
        case .unread: "unread"
        case .seen: "seen"
        case .archive: "archived"
        case .unarchive: "unarchived"
        case .delete: "deleted"
        }
    }

    /// The state after the operation; nil where it changes nothing.
    ///
    /// Read implies seen; archived implies read and seen; a deleted row stays deleted.
    public func successor(of state: RowState) -> RowState? {
        guard state.standing != .deleted else { return nil }
        var next = state
        switch self {
        case .read: (next.isRead, next.isSeen) = (true, true)
        case .unread: if state.standing == .active { (next.isRead, next.isSeen) = (false, false) }
        case .seen: next.isSeen = true
        case .archive: next = RowState(standing: .archived, isRead: true, isSeen: true)
        case .unarchive: next.standing = .active
        case .delete: next.standing = .deleted
        }
        return next == state ? nil : next
    }
}

/// The part of a row that decides what it counts for.
public struct RowState: Sendable, Hashable {
    /// Whether the row is in the list, in the archive or gone.
    public var standing: Standing
    /// With the marks folded in.
    public var isRead: Bool
    /// With the marks folded in; a read row is seen.
    public var isSeen: Bool

    /// The part of a row that operations decide by.
    public init(standing: Standing, isRead: Bool, isSeen: Bool) {
        self.standing = standing
        self.isRead = isRead
        self.isSeen = isSeen
    }

    /// The state of a row that has been folded.
    public init(_ row: Notification) {
        self.init(standing: row.standing, isRead: row.isRead, isSeen: row.isSeen)
    }

    /// 1 where the row is in `unread_count`.
    public var unread: Int { standing == .active && !isRead ? 1 : 0 }

    /// 1 where the row is in `unseen_count`.
    public var unseen: Int { standing == .active && !isSeen ? 1 : 0 }
}

/// A whole inbox marked at once: O(1), whatever the number of rows.
public enum Mark: String, Sendable, CaseIterable {
    case readAll = "read_all"
    case seenAll = "seen_all"

    /// As it stands on the wire.
    public var word: StaticString { self == .readAll ? "read_all" : "seen_all" }
}
