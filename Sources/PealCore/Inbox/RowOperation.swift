/// What can become of one row. `spec/inbox-operations.json` lists every case; a test compares the two.
public enum RowOperation: String, Sendable, CaseIterable {
    case read, unread, seen, archive, unarchive
    /// Out of sight until a time.
    case snooze
    /// Back in sight: the time has come, or the user does not want to wait.
    case unsnooze
    case delete
    /// Its time is over, or retention's is.
    case expire
    /// Its last actor took back what they did.
    case retract
    /// A session took it over; for rows that want a receipt.
    case deliver

    /// What a user may ask for.
    public static let commands: [Self] = [.read, .unread, .seen, .archive, .unarchive, .snooze, .unsnooze, .delete]

    /// The `update_type` that other sessions are told.
    public var updateType: StaticString {
        switch self {
        case .read: "read"
        case .unread: "unread"
        case .seen: "seen"
        case .archive: "archived"
        case .unarchive: "unarchived"
        case .snooze: "snoozed"
        case .unsnooze: "unsnoozed"
        case .delete: "deleted"
        case .expire: "expired"
        case .retract: "retracted"
        case .deliver: "delivered"
        }
    }

    /// Whether a client may not hold the row that it leaves, or holds it with another text, so that it is sent whole.
    public var concernsWholeRow: Bool {
        switch self {
        case .unsnooze, .unarchive, .retract: true
        default: false
        }
    }

    /// The state after the operation.
    ///
    /// Read implies seen; archived implies read and seen; a snoozed row is neither, and counts for nothing until it is back;
    /// a deleted row stays deleted.
    public func successor(of state: RowState) -> RowState {
        guard state.standing != .deleted else { return state }
        var next = state
        switch self {
        case .read where state.standing == .snoozed: next = .read
        case .read: (next.isRead, next.isSeen) = (true, true)
        case .unread: if state.standing == .active { next = .new }
        case .seen: if state.standing != .snoozed { next.isSeen = true }
        case .archive: next = RowState(standing: .archived, isRead: true, isSeen: true)
        case .unarchive: if state.standing == .archived { next.standing = .active }
        case .snooze: next = RowState(standing: .snoozed, isRead: false, isSeen: false)
        case .unsnooze: if state.standing == .snoozed { next = .new }
        case .delete, .expire, .retract: next.standing = .deleted
        case .deliver: break
        }
        return next
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

    static let new = Self(standing: .active, isRead: false, isSeen: false)
    static let read = Self(standing: .active, isRead: true, isSeen: true)

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
