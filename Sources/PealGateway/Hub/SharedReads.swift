import PealCore
import Synchronization

/// One read per user at a time, however many of the user's sessions miss the same changes (RULES 15).
final class SharedReads: Sendable {
    private struct Waiting {
        var readers: [Reader] = []
        var after: Seq = .max
        var limit = 0
    }

    /// By user with a read under way: who came after it had begun.
    private let users = Mutex<[UserID: Waiting]>([:])

    /// How many wait for the read after the one that is under way.
    func waiting(for user: UserID) -> Int { users.withLock { $0[user]?.readers.count ?? 0 } }

    func add(_ reader: Reader, user: UserID, after: Seq, limit: Int, hub: Hub) {
        let isUnderWay = users.withLock { users in
            let isUnderWay = users[user] != nil
            var waiting = users[user] ?? Waiting()
            waiting.readers.append(reader)
            waiting.after = min(waiting.after, after)
            waiting.limit = max(waiting.limit, limit)
            users[user] = waiting
            return isUnderWay
        }
        guard !isUnderWay else { return }
        Task {
            // What comes until the read begins takes part in it; what comes later starts the next one.
            while let next = take(user) {
                let read = StoreRead.changes(after: next.after, limit: next.limit, isShared: true)
                let answer = await hub.answer(read, user: user)
                for reader in next.readers { reader.take(answer, of: user, hub: hub) }
            }
        }
    }

    private func take(_ user: UserID) -> Waiting? {
        users.withLock { users in
            guard let waiting = users[user], !waiting.readers.isEmpty else {
                users[user] = nil
                return nil
            }
            users[user] = Waiting()
            return waiting
        }
    }
}
