import PealCore
import Synchronization

/// Who writes something at the moment, told to the other members of its topic who are online here: only by members, in
/// small topics (RULES 26), not more than once in a while, and taken back when nothing is heard any more.
final class TypingNotes: Sendable {
    /// Members of a topic that is not too large.
    static let memberLimit = 200
    /// Saying it again within this long only keeps it alive.
    static let spacing: Duration = .seconds(2)
    /// Without a word for this long somebody has stopped.
    static let lifetime: Duration = .seconds(6)
    /// How long a list of members is believed.
    private static let memory: Duration = .seconds(5)
    /// Topics whose members are remembered, and users who are typing.
    private static let stateLimit = 10_000

    struct Key: Hashable, Sendable {
        var topic: TopicName
        var user: UserID
    }

    private struct Note {
        var toldAt: ContinuousClock.Instant
        var endsAt: ContinuousClock.Instant
        /// Who has heard of it.
        var others: [UserID]
    }

    private struct Members {
        /// In the order of their bytes; nil for too many.
        var users: [UserID]?
        var readAt: ContinuousClock.Instant
    }

    private struct State {
        var notes: [Key: Note] = [:]
        var members: [TopicName: Members] = [:]
        var isWatching = false
    }

    private let state = Mutex(State())

    /// Returns at once. An error goes to the session that said it; success has no answer.
    func say(_ key: Key, _ isTyping: Bool, for reader: Reader, requestID: String, hub: Hub) {
        guard isTyping else {
            if let others = end(key) { tell(key, false, others, hub: hub) }
            return
        }
        guard begin(key) else { return }
        watch(hub)
        Task {
            do throws(CommandError) {
                let others = try await others(of: key, hub: hub)
                // Unless the user has stopped meanwhile.
                if told(key, others) { tell(key, true, others, hub: hub) }
            } catch {
                _ = end(key)
                reader.shard.loop.execute {
                    reader.shard.session(reader.session)?.refused(error, requestID: requestID)
                }
            }
        }
    }

    /// - Returns: whether others have to hear of it: it is new, or they have not heard of it for a while.
    private func begin(_ key: Key) -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            if let note = state.notes[key] {
                state.notes[key]?.endsAt = now + Self.lifetime
                guard now - note.toldAt >= Self.spacing else { return false }
                state.notes[key]?.toldAt = now
                return true
            }
            guard state.notes.count < Self.stateLimit else { return false }
            state.notes[key] = Note(toldAt: now, endsAt: now + Self.lifetime, others: [])
            return true
        }
    }

    /// - Returns: false where the user has stopped meanwhile.
    private func told(_ key: Key, _ others: [UserID]) -> Bool {
        state.withLock { state in
            guard state.notes[key] != nil else { return false }
            state.notes[key]?.others = others
            return true
        }
    }

    /// - Returns: who has heard that the user is typing; nil where the user is not.
    private func end(_ key: Key) -> [UserID]? {
        state.withLock { $0.notes.removeValue(forKey: key)?.others }
    }

    private func tell(_ key: Key, _ isTyping: Bool, _ others: [UserID], hub: Hub) {
        let batch = others.map { user in
            Publication(
                user: user, from: 0, inbox: Inbox(), content: .typing(key.topic, key.user, isTyping: isTyping))
        }
        // An empty batch means trouble of the store.
        if !batch.isEmpty { hub.bus.publish(batch) }
    }

    // MARK: Members

    private func others(of key: Key, hub: Hub) async throws(CommandError) -> [UserID] {
        guard let users = try await members(of: key.topic, hub: hub) else {
            throw CommandError("topic_too_large", "typing is told in topics of at most \(Self.memberLimit) members")
        }
        guard users.contains(key.user) else { throw CommandError("not_a_member", "you do not belong to this topic") }
        return users.filter { $0 != key.user }
    }

    private func members(of topic: TopicName, hub: Hub) async throws(CommandError) -> [UserID]? {
        let now = ContinuousClock.now
        if let known = state.withLock({ $0.members[topic] }), now - known.readAt < Self.memory { return known.users }
        do throws(StoreError) {
            let members = try await hub.store.members(of: topic, after: nil, limit: Self.memberLimit + 1)
            let users = members.count > Self.memberLimit ? nil : members.map(\.user)
            state.withLock { state in
                if state.members.count >= Self.stateLimit { state.members.removeAll() }
                state.members[topic] = Members(users: users, readAt: now)
            }
            return users
        } catch {
            throw CommandError(error)
        }
    }

    // MARK: Ends

    /// Looks for those who have fallen silent, for as long as somebody is typing.
    private func watch(_ hub: Hub) {
        let isFirst = state.withLock { state in
            defer { state.isWatching = true }
            return !state.isWatching
        }
        guard isFirst else { return }
        Task { [weak hub] in
            while let hub, let ended = self.ended() {
                for (key, others) in ended { self.tell(key, false, others, hub: hub) }
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    /// - Returns: nil where nobody is typing any more.
    private func ended() -> [(Key, [UserID])]? {
        let now = ContinuousClock.now
        return state.withLock { state in
            guard !state.notes.isEmpty else {
                state.isWatching = false
                state.members.removeAll()
                return nil
            }
            let ended = state.notes.filter { $0.value.endsAt <= now }
            for key in ended.keys { state.notes[key] = nil }
            return ended.map { ($0.key, $0.value.others) }
        }
    }
}
