extension MutationRunner {
    /// - Returns: how many memberships changed.
    func run(_ command: TopicCommand, in transaction: inout some InboxTransaction) throws(StoreError) -> Int {
        switch command {
        case .add(let topic, let users):
            var count = 0
            for user in users where try transaction.addMember(user, to: topic) { count += 1 }
            return count
        case .remove(let topic, let users):
            var count = 0
            for user in users where try transaction.removeMember(user, from: topic) { count += 1 }
            return count
        case .empty(let topic, let limit):
            return try transaction.removeMembers(of: topic, limit: limit)
        }
    }
}

// MARK: - Fan-outs

extension MutationRunner {
    /// Accepts an event for the members of a topic; nobody is notified yet.
    ///
    /// - Parameter event: its recipients are those of ``TopicName/online``.
    func beginFanOut(
        of event: Event, to topic: TopicName, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> FanOut {
        var event = event
        let recipients = event.recipients.map(\.user)
        event.recipients = []
        // Whoever takes it back before a member's turn wins, for that member.
        if event.occurredAt == nil { event.occurredAt = transaction.now }
        return try begin(.notify, of: event, to: topic, recipients: recipients, in: &transaction)
    }

    func run(
        _ command: FanOutCommand, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        switch command {
        case .retract(let retraction, let topic):
            return (.fanOut(try begin(retraction, from: topic, in: &transaction), []), [])
        case .step(let id): return try step(id, in: &transaction)
        case .cancel(let id):
            var fanOut = try Self.fanOut(id, in: &transaction)
            guard fanOut.state == .running else { return (.fanOut(fanOut, []), []) }
            fanOut.end(.cancelled, at: transaction.now)
            try transaction.updateFanOut(fanOut)
            return (.fanOut(fanOut, []), [])
        case .forget(let time, let limit):
            return (.topic(changed: try transaction.forgetFanOuts(before: time, limit: limit)), [])
        }
    }

    private func begin(
        _ kind: FanOut.Kind, of event: Event, to topic: TopicName, recipients: [UserID] = [],
        in transaction: inout some InboxTransaction
    ) throws(StoreError) -> FanOut {
        var event = event
        event.topic = nil
        let fanOut = FanOut(
            id: transaction.newID(), topic: topic, kind: kind, type: event.type, event: event,
            createdAt: transaction.now)
        let parts = stride(from: 0, to: recipients.count, by: FanOut.stepSize).map { start in
            Array(recipients[start..<min(start + FanOut.stepSize, recipients.count)])
        }
        try transaction.insertFanOut(fanOut, recipients: parts)
        return fanOut
    }

    private static func fanOut(
        _ id: NotificationID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> FanOut {
        guard let fanOut = try transaction.fanOut(id) else { throw StoreError(.notFound, "no fan-out \(id)") }
        return fanOut
    }

    // MARK: A step

    private func step(
        _ id: NotificationID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        var fanOut = try Self.fanOut(id, in: &transaction)
        guard fanOut.state == .running, let event = fanOut.event else { return (.fanOut(fanOut, []), []) }
        let users = try nextUsers(&fanOut, in: &transaction)
        fanOut.tally.members += users.count
        var outcomes: [Outcome] = []
        var publications: [Publication] = []
        switch fanOut.kind {
        case .notify:
            var event = event
            event.recipients = []
            for user in users where try !isErased(user, since: fanOut.createdAt, in: &transaction) {
                event.recipients.append(Event.Recipient(user))
            }
            (outcomes, publications) = try deliver(event, in: &transaction)
            fanOut.tally.count(outcomes)
        case .retract:
            guard let retraction = Retraction(of: event, from: users) else { break }
            let (answer, published) = try run(retraction, in: &transaction)
            publications = published
            if case .retracted(let rows) = answer { fanOut.tally.retracted += rows.count { !$0.isSchedule } }
        }
        if users.isEmpty || users.count < FanOut.stepSize && fanOut.topic != .online {
            fanOut.end(.finished, at: transaction.now)
        }
        try transaction.updateFanOut(fanOut)
        return (.fanOut(fanOut, outcomes), publications)
    }

    /// Whose turn it is.
    private func nextUsers(
        _ fanOut: inout FanOut, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> [UserID] {
        if fanOut.topic == .online { return try transaction.nextRecipients(of: fanOut.id) }
        let members = try transaction.members(
            of: fanOut.topic, after: fanOut.position, addedBy: fanOut.createdAt, limit: FanOut.stepSize)
        if let last = members.last { fanOut.position = last.user }
        return members.map(\.user)
    }

    /// Whether everything about a user is being removed that was there at a time: they are not to get anything from before.
    func isErased(
        _ user: UserID, since time: Timestamp, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Bool {
        try transaction.erasure(of: user).map { time <= $0.startedAt } ?? false
    }

    // MARK: Taking back

    /// Gives up what would still tell the topic of the act, and takes it back from those who have been told.
    private func begin(
        _ retraction: Retraction, from topic: TopicName, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> FanOut {
        for var running in try transaction.runningFanOuts(of: topic)
        where running.kind == .notify && running.event.map(retraction.concerns) ?? false {
            running.end(.cancelled, at: transaction.now)
            try transaction.updateFanOut(running)
        }
        for id in try transaction.schedules(by: retraction.actorID, limit: .max) {
            guard let event = try transaction.schedule(id)?.event, event.topic == topic, retraction.concerns(event)
            else { continue }
            _ = try transaction.removeSchedule(id)
        }
        var target: Event.Target?
        if case .exactly(let named) = retraction.target { target = named }
        let event = Event(
            type: retraction.type, recipients: [], actor: Actor(id: retraction.actorID), target: target,
            occurredAt: retraction.occurredAt ?? transaction.now)
        return try begin(.retract, of: event, to: topic, in: &transaction)
    }

    // MARK: Erasing

    /// Takes a user who is being erased out of the events that are on their way.
    ///
    /// - Returns: how many were changed; fewer than the limit where none is left.
    func eraseFanOuts(
        _ erasure: inout Erasure, limit: Int, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Int {
        guard limit > 0 else { return 0 }
        let ids = try transaction.fanOuts(by: erasure.user.rawValue, limit: limit)
        for id in ids {
            guard var fanOut = try transaction.fanOut(id) else { continue }
            fanOut.event?.anonymise(as: erasure.alias, locale: nil)
            try transaction.updateFanOut(fanOut)
            erasure.removed.mentions += 1
        }
        return ids.count
    }
}

extension FanOut.Tally {
    fileprivate mutating func count(_ outcomes: [Outcome]) {
        for outcome in outcomes {
            switch outcome.kind {
            case .created: created += 1
            case .aggregated: aggregated += 1
            case .suppressed: suppressed += 1
            case .scheduled, .accepted: break
            }
        }
    }
}

extension Retraction {
    /// The act that an event tells of, taken back when it says; nil where it names no actor.
    init?(of event: Event, from users: [UserID]) {
        guard let actor = event.actor else { return nil }
        self.init(
            type: event.type, actorID: actor.id, target: event.type == Act.followType ? .any : .exactly(event.target),
            users: users, occurredAt: event.occurredAt)
    }

    /// Whether an event tells of this act.
    func concerns(_ event: Event) -> Bool {
        guard let other = Retraction(of: event, from: []) else { return false }
        let anybody = UserID(trusted: "")
        return act(for: anybody).name.utf8.elementsEqual(other.act(for: anybody).name.utf8)
    }
}
