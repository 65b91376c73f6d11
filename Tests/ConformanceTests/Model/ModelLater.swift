import PealCore

/// What waits for its time, who belongs to which topic, and what is on its way to the members: lists, looked through from
/// beginning to end.
struct ModelLater {
    struct Waiting: Equatable {
        let id: NotificationID
        let sendAt: Timestamp
        /// With the recipients that are left.
        var event: Event
    }

    struct Spreading: Equatable {
        let id: NotificationID
        let topic: TopicName
        let kind: FanOut.Kind
        let event: Event
        let createdAt: Timestamp
    }

    var waiting: [Waiting] = []
    var spreading: [Spreading] = []
    private var members: [TopicName: [UserID: Timestamp]] = [:]

    /// In the order in which they are sent.
    func due(at now: Timestamp) -> [Waiting] {
        waiting.filter { $0.sendAt <= now }.sorted { ($0.sendAt, $0.id) < ($1.sendAt, $1.id) }
    }

    /// Takes a reader out of what would have told of the act.
    ///
    /// - Returns: what was changed, in the order in which it would have been sent.
    mutating func takeBack(_ retraction: Retraction, from user: UserID) -> [NotificationID] {
        guard retraction.target == .exactly(nil) else { return [] }
        let concerned = waiting.filter { $0.event.tells(retraction) && $0.event.recipients.map(\.user).contains(user) }
            .sorted { ($0.sendAt, $0.id) < ($1.sendAt, $1.id) }
        for index in waiting.indices where concerned.contains(where: { $0.id == waiting[index].id }) {
            waiting[index].event.recipients.removeAll { $0.user == user }
        }
        waiting.removeAll { $0.event.topic == nil && $0.event.recipients.isEmpty }
        return concerned.map(\.id)
    }

    /// Gives up what would still tell a topic of the act.
    mutating func takeBack(_ retraction: Retraction, from topic: TopicName) {
        spreading.removeAll { $0.kind == .notify && $0.topic == topic && $0.event.tells(retraction) }
        waiting.removeAll { $0.event.topic == topic && $0.event.tells(retraction) }
    }

    // MARK: - Topics

    /// - Returns: how many memberships changed.
    mutating func apply(_ command: TopicCommand, at now: Timestamp) -> Int {
        switch command {
        case .add(let topic, let users):
            let new = users.filter { members[topic]?[$0] == nil }
            for user in new { members[topic, default: [:]][user] = now }
            return new.count
        case .remove(let topic, let users):
            return users.count { members[topic]?.removeValue(forKey: $0) != nil }
        case .empty(let topic, let limit):
            let leaving = (members[topic] ?? [:]).keys.sorted().prefix(limit)
            for user in leaving { members[topic]?[user] = nil }
            return leaving.count
        }
    }

    /// Those who are to be told of what was accepted then.
    func members(of topic: TopicName, addedBy time: Timestamp) -> [UserID] {
        (members[topic] ?? [:]).filter { $0.value <= time }.keys.sorted()
    }

    func topics(of user: UserID) -> [TopicName] {
        members.filter { $0.value[user] != nil }.keys.sorted()
    }
}

extension Event {
    /// Whether it tells of that act; in these tests nothing has a target.
    fileprivate func tells(_ retraction: Retraction) -> Bool {
        type == retraction.type && actor?.id == retraction.actorID
    }
}
