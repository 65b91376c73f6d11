/// Carries out mutations inside a driver's transaction: the one place that knows what each of them means.
///
/// A mutation is refused (`notFound`, `idempotencyConflict`) before its first write, so that its neighbours in the batch
/// need no savepoint.
public struct MutationRunner: Sendable {
    let renderer: any TextRenderer
    let policy: PreferencePolicy
    let planner: (any DeliveryPlanning)?

    /// Renders texts inside the transaction, where the actors are exact.
    ///
    /// - Parameters:
    ///   - policy: what reaches users who have said nothing; everything, where it is not given.
    ///   - planner: says what leaves Peal; nothing does where there is none.
    public init(
        renderer: any TextRenderer, policy: PreferencePolicy = PreferencePolicy(),
        planner: (any DeliveryPlanning)? = nil
    ) {
        self.renderer = renderer
        self.policy = policy
        self.planner = planner
    }

    /// - Returns: the answer, and what is to be published once the transaction has committed.
    public func run(
        _ mutation: Mutation, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (answer: MutationAnswer, publications: [Publication]) {
        switch mutation {
        case .ingest(let ingest): return try run(ingest, in: &transaction)
        case .inbox(let command): return try run(command, in: &transaction)
        case .retract(let retraction): return try run(retraction, in: &transaction)
        case .settle(let user, let ids): return (.done, try settle(ids, of: user, in: &transaction))
        case .deliver(let user, let ids): return (.done, try deliver(ids, of: user, in: &transaction))
        case .retain(let user, let step): return try run(step, of: user, in: &transaction)
        case .profile(let profile): try transaction.setProfile(profile)
        case .addKey(let key): try transaction.addKey(key)
        case .revokeKey(let id):
            guard try transaction.revokeKey(id) else { throw StoreError(.notFound, "no API key \(id)") }
        case .revoke(let user, let extent): return (.revoked(try transaction.revoke(user, extent)), [])
        case .key(let command): return (.key(try run(command, in: &transaction)), [])
        case .erase(let command): return try run(command, in: &transaction)
        case .preferences(let user, let command):
            return (.preferences(try run(command, of: user, in: &transaction)), [])
        case .secret(let candidate): return (.secret(try keep(candidate, in: &transaction)), [])
        case .schedule(let command): return try run(command, in: &transaction)
        case .topic(let command): return (.topic(changed: try run(command, in: &transaction)), [])
        case .fanOut(let command): return try run(command, in: &transaction)
        case .delivery(let command): return (try run(command, in: &transaction), [])
        }
        return (.done, [])
    }

    /// What the session that asked is told when its command was refused.
    public static func refusal(of mutation: Mutation, error: StoreError, inbox: Inbox) -> Publication? {
        guard case .inbox(let command) = mutation, let origin = command.origin else { return nil }
        return Publication(
            user: command.user, from: inbox.seq, inbox: inbox, content: .unchanged(.failed(error)), origin: origin)
    }
}

// MARK: - Events

extension MutationRunner {
    private func run(
        _ ingest: Ingest, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        if let key = ingest.idempotency, let first = try transaction.remembered(key) {
            guard first.fingerprint == key.fingerprint else {
                throw StoreError(.idempotencyConflict, "the idempotency key was used with another request")
            }
            return (.ingest(first.outcomes, replayed: true), [])
        }
        let isLater = ingest.sendAt.map { $0 > transaction.now } ?? false
        let (outcomes, publications): ([Outcome], [Publication]) =
            if isLater, let time = ingest.sendAt {
                (try schedule(ingest.event, at: time, in: &transaction), [Publication]())
            } else if let topic = ingest.event.topic {
                (
                    [
                        Outcome(
                            topic: topic, fanOutID: try beginFanOut(of: ingest.event, to: topic, in: &transaction).id)
                    ],
                    []
                )
            } else { try deliver(ingest.event, in: &transaction) }
        if let key = ingest.idempotency { try transaction.remember(outcomes, for: key) }
        return (.ingest(outcomes, replayed: false), publications)
    }

    /// Notifies each recipient, now.
    func deliver(
        _ event: Event, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (outcomes: [Outcome], publications: [Publication]) {
        var outcomes: [Outcome] = []
        var publications: [Publication] = []
        outcomes.reserveCapacity(event.recipients.count)
        publications.reserveCapacity(event.recipients.count)
        var event = event
        if let actor = event.actor, actor.name == nil, let user = UserID(actor.id) {
            event.actor?.name = try transaction.profile(of: user)?.name
        }
        for recipient in event.recipients {
            if let suppression = try suppression(of: event, for: recipient, in: &transaction) {
                outcomes.append(Outcome(user: recipient.user, kind: .suppressed, suppression: suppression))
                continue
            }
            let publication = try deliver(event, to: recipient.user, in: &transaction)
            outcomes.append(Outcome(publication))
            publications.append(publication)
        }
        return (outcomes, publications)
    }

    private func deliver(
        _ event: Event, to user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Publication {
        var inbox = try transaction.inbox(of: user)
        let from = inbox.seq
        let profile = try transaction.profile(of: user)
        let locale = profile?.locale
        var row: Notification
        let content: Publication.Content
        if var open = try openGroup(for: event, of: user, inbox: inbox, in: &transaction) {
            let isNewActor =
                if let actor = event.actor { try transaction.addActor(actor, to: open, at: from + 1) } else { false }
            open.join(event, isNewActor: isNewActor, at: transaction.now)
            inbox.aggregate(&open)
            row = open
            row.setText(from: event, locale: locale, renderer: renderer)
            try transaction.update(row)
            content = .aggregated(row)
        } else {
            row = Notification(event: event, for: user, id: transaction.newID(), at: transaction.now)
            inbox.insert(&row)
            row.setText(from: event, locale: locale, renderer: renderer)
            try transaction.insert(row)
            content = .created(row)
        }
        try transaction.setInbox(inbox, of: user)
        try plan(row, of: event, profile: profile, in: &transaction)
        return Publication(user: user, from: from, inbox: inbox, content: content)
    }

    private func openGroup(
        for event: Event, of user: UserID, inbox: Inbox, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Notification? {
        guard let key = event.groupKey, inbox.unreadCount > 0,
            var row = try transaction.newestRow(ofGroup: key, of: user)
        else { return nil }
        inbox.fold(&row)
        return event.grouping.admits(row, at: transaction.now) ? row : nil
    }
}

extension Outcome {
    fileprivate init(_ publication: Publication) {
        switch publication.content {
        case .created(let row):
            self.init(user: row.userID, kind: .created, notificationID: row.id, seq: row.seq)
        case .aggregated(let row):
            self.init(user: row.userID, kind: .aggregated, notificationID: row.id, seq: row.seq)
        default:
            self.init(user: publication.user, kind: .suppressed)
        }
    }
}
