import PealCore
import Synchronization

/// Which users have sessions here, and on which loops: asked for every publication by whoever commits it, so it is cut into
/// parts with a lock each.
final class Presence: Sendable {
    struct Entry: Equatable {
        /// One bit for each of the first 64 loops.
        var loops: UInt64 = 0
        /// Sessions on later loops, which get every batch in which such a user is.
        var elsewhere: UInt32 = 0
        var sessions: UInt32 = 0
    }

    static let countedLoops = 64
    private static let partCount = 64

    private final class Part: Sendable {
        let users = Mutex<[UserID: Entry]>([:])
    }

    private let parts: [Part] = (0..<Presence.partCount).map { _ in Part() }

    private func part(of user: UserID) -> Part {
        var text = user.rawValue
        // FNV-1a: cheaper than the dictionary's own hash, and independent of it.
        let hash = text.withUTF8 { bytes in
            bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
        return parts[Int(hash >> 32) & (Self.partCount - 1)]
    }

    func entry(of user: UserID) -> Entry? {
        part(of: user).users.withLock { $0[user] }
    }

    /// - Parameter first: called for the first session of a user, under the lock, so that joining and leaving the bus keep
    ///   their order.
    /// - Returns: how many sessions the user has now.
    func add(_ user: UserID, loop: Int, first: (UserID) -> Void) -> Int {
        part(of: user).users.withLock { users in
            var entry = users[user] ?? Entry()
            entry.sessions += 1
            if loop < Self.countedLoops { entry.loops |= 1 << UInt64(loop) } else { entry.elsewhere += 1 }
            users[user] = entry
            if entry.sessions == 1 { first(user) }
            return Int(entry.sessions)
        }
    }

    /// - Parameters:
    ///   - isLastOfLoop: whether the loop has no other session of this user.
    ///   - last: called for the last session of a user, under the lock.
    func remove(_ user: UserID, loop: Int, isLastOfLoop: Bool, last: (UserID) -> Void) {
        part(of: user).users.withLock { users in
            guard var entry = users[user] else { return }
            entry.sessions -= 1
            if loop >= Self.countedLoops {
                entry.elsewhere -= 1
            } else if isLastOfLoop {
                entry.loops &= ~(1 << UInt64(loop))
            }
            users[user] = entry.sessions == 0 ? nil : entry
            if entry.sessions == 0 { last(user) }
        }
    }

    var userCount: Int { parts.reduce(0) { $0 + $1.users.withLock(\.count) } }

    func users(limit: Int) -> [UserID] {
        var users: [UserID] = []
        for part in parts where users.count < limit {
            users += part.users.withLock { Array($0.keys.prefix(limit - users.count)) }
        }
        return users
    }
}
