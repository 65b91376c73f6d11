import PealCore
import Synchronization

/// Which users have sessions here, on which loops, and how their inboxes stand: asked for every publication by whoever
/// commits it, so it is cut into parts with a lock each.
///
/// Where every change of the store passes through here, a user's head is known from the first read to the last publication,
/// and for a while after the last session has gone: who comes back soon is answered without asking the store (RULES 27).
final class Presence: Sendable {
    struct Entry: Equatable {
        /// One bit for each of the first 64 loops.
        var loops: UInt64
        /// Sessions on later loops, which get every batch in which such a user is.
        var elsewhere: UInt32
        var sessions: UInt32
        fileprivate var known = Head.none

        init(loops: UInt64 = 0, elsewhere: UInt32 = 0, sessions: UInt32 = 0) {
            self.loops = loops
            self.elsewhere = elsewhere
            self.sessions = sessions
        }

        /// What the store says; nil where that is not known.
        var head: Head? { known == .none ? nil : known }
    }

    /// As much of an inbox as an empty sync says.
    struct Head: Equatable {
        let seq: Seq
        private let unread: UInt32
        private let unseen: UInt32

        /// Instead of an optional, which would take half as much room again in every entry.
        fileprivate static let none = Head(Inbox(seq: -1))

        init(_ inbox: Inbox) {
            seq = inbox.seq
            unread = UInt32(clamping: inbox.unreadCount)
            unseen = UInt32(clamping: inbox.unseenCount)
        }

        var inbox: Inbox { Inbox(seq: seq, unreadCount: Int(unread), unseenCount: Int(unseen)) }
    }

    static let countedLoops = 64
    private static let partBits = 6
    private static let partCount = 1 << partBits

    private struct Users {
        var entries = UserTable<Entry>()
        /// Entries without a session.
        var departed = 0
    }

    private final class Part: Sendable {
        let users = Mutex(Users())
    }

    private let parts: [Part] = (0..<Presence.partCount).map { _ in Part() }
    /// Users of one part that are remembered without a session.
    private let departedLimit: Int

    /// - Parameter remembered: how many users are remembered without a session, at most; 0 where changes may pass by here.
    init(remembered: Int = 0) {
        departedLimit = (remembered + Self.partCount - 1) / Self.partCount
    }

    /// Under the lock of the user's part, which the upper bits of the hash name; the lower ones find the user in it.
    private func with<Value: Sendable>(_ user: UserID, _ body: (inout Users, Int) -> Value) -> Value {
        let hash = user.hashValue
        let part = parts[Int(truncatingIfNeeded: UInt(bitPattern: hash) >> UInt(Int.bitWidth - Self.partBits))]
        return part.users.withLock { body(&$0, hash) }
    }

    /// Nil for a user without a session.
    func entry(of user: UserID) -> Entry? {
        with(user) { users, hash in
            guard let entry = users.entries[user, hash], entry.sessions > 0 else { return nil }
            return entry
        }
    }

    /// Everybody who has a session now, part after part.
    func online() -> [UserID] {
        parts.flatMap { part in
            part.users.withLock { users in users.entries.all.filter { $0.value.sessions > 0 }.map(\.user) }
        }
    }

    // MARK: Heads

    /// A change of this user's inbox.
    ///
    /// - Returns: the same as ``entry(of:)``.
    func advance(_ publication: Publication) -> Entry? {
        with(publication.user) { users, hash in
            guard var entry = users.entries[publication.user, hash] else { return nil }
            if departedLimit > 0, publication.seq >= entry.known.seq, publication.isPlaced {
                entry.known = Head(publication.inbox)
                users.entries[publication.user, hash] = entry
            }
            return entry.sessions > 0 ? entry : nil
        }
    }

    /// What a read found that began after a session of this user had come, which is still here.
    func learn(_ inbox: Inbox, of user: UserID) {
        guard departedLimit > 0 else { return }
        with(user) { users, hash in
            guard var entry = users.entries[user, hash], entry.sessions > 0, inbox.seq > entry.known.seq else { return }
            entry.known = Head(inbox)
            users.entries[user, hash] = entry
        }
    }

    func head(of user: UserID) -> Head? {
        guard departedLimit > 0 else { return nil }
        return with(user) { $0.entries[user, $1]?.head }
    }

    /// After trouble of the store nothing that is remembered counts (RULES 14).
    func forgetHeads() {
        for part in parts {
            part.users.withLock { users in
                users.entries.updateAll { entry in
                    entry.known = .none
                    return entry.sessions > 0
                }
                users.departed = 0
            }
        }
    }

    // MARK: Sessions

    /// - Parameter first: called for the first session of a user, under the lock, so that joining and leaving the bus keep
    ///   their order.
    /// - Returns: how many sessions the user has now.
    func add(_ user: UserID, loop: Int, first: (UserID) -> Void) -> Int {
        with(user) { users, hash in
            var entry = Entry()
            if let known = users.entries[user, hash] {
                entry = known
                if known.sessions == 0 { users.departed -= 1 }
            }
            entry.sessions += 1
            if loop < Self.countedLoops { entry.loops |= 1 << UInt64(loop) } else { entry.elsewhere += 1 }
            users.entries[user, hash] = entry
            if entry.sessions == 1 { first(user) }
            return Int(entry.sessions)
        }
    }

    /// - Parameters:
    ///   - isLastOfLoop: whether the loop has no other session of this user.
    ///   - last: called for the last session of a user, under the lock.
    func remove(_ user: UserID, loop: Int, isLastOfLoop: Bool, last: (UserID) -> Void) {
        with(user) { users, hash in
            guard var entry = users.entries[user, hash], entry.sessions > 0 else { return }
            entry.sessions -= 1
            if loop >= Self.countedLoops {
                entry.elsewhere -= 1
            } else if isLastOfLoop {
                entry.loops &= ~(1 << UInt64(loop))
            }
            users.entries[user, hash] = entry
            guard entry.sessions == 0 else { return }
            last(user)
            guard entry.head != nil, departedLimit > 0 else {
                users.entries[user, hash] = nil
                return
            }
            users.departed += 1
            guard users.departed > departedLimit else { return }
            // All at once, which costs a walk through the part once in so many departures.
            users.entries.updateAll { $0.sessions > 0 }
            users.departed = 0
        }
    }

    var userCount: Int {
        parts.reduce(0) { $0 + $1.users.withLock { $0.entries.count - $0.departed } }
    }

    func users(limit: Int) -> [UserID] {
        var users: [UserID] = []
        for part in parts where users.count < limit {
            users += part.users.withLock { part in
                Array(part.entries.all.lazy.filter { $0.value.sessions > 0 }.map(\.user).prefix(limit - users.count))
            }
        }
        return users
    }
}

extension Publication {
    /// Whether it is a change of the inbox that it names.
    fileprivate var isPlaced: Bool {
        switch content {
        case .unchanged, .receipt, .passed, .typing: false
        default: true
        }
    }
}
