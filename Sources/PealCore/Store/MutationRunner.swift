/// Carries out mutations inside a driver's transaction: the one place that knows what each of them means.
///
/// A mutation is refused (`notFound`, `idempotencyConflict`) before its first write, so that its neighbours in the batch
/// need no savepoint.
public struct MutationRunner: Sendable {
    let renderer: any TextRenderer

    public init(renderer: any TextRenderer) {
        self.renderer = renderer
    }

    /// - Returns: the answer, and what is to be published once the transaction has committed.
    public func run(
        _ mutation: Mutation, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (answer: MutationAnswer, publications: [Publication]) {
        switch mutation {
        case .ingest(let ingest): return try run(ingest, in: &transaction)
        case .inbox(let command): return try run(command, in: &transaction)
        case .profile(let profile): try transaction.setProfile(profile)
        case .addKey(let key): try transaction.addKey(key)
        case .revokeKey(let id):
            guard try transaction.revokeKey(id) else { throw StoreError(.notFound, "no API key \(id)") }
        case .revoke(let user, let extent): return (.revoked(try transaction.revoke(user, extent)), [])
        case .key(let command): return (.key(try run(command, in: &transaction)), [])
        case .erase(let command): return try run(command, in: &transaction)
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
        var outcomes: [Outcome] = []
        var publications: [Publication] = []
        outcomes.reserveCapacity(ingest.event.recipients.count)
        publications.reserveCapacity(ingest.event.recipients.count)
        var event = ingest.event
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
        if let key = ingest.idempotency { try transaction.remember(outcomes, for: key) }
        return (.ingest(outcomes, replayed: false), publications)
    }

    private func deliver(
        _ event: Event, to user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Publication {
        var inbox = try transaction.inbox(of: user)
        let from = inbox.seq
        let locale = try transaction.profile(of: user)?.locale
        var row: Notification
        let content: Publication.Content
        if var open = try openGroup(for: event, of: user, inbox: inbox, in: &transaction) {
            let isNewActor = if let actor = event.actor { try transaction.addActor(actor.id, to: open) } else { false }
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

// MARK: - Commands of a user

extension MutationRunner {
    private func run(
        _ command: InboxCommand, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        let inbox = try transaction.inbox(of: command.user)
        switch command.kind {
        case .rows(let operation, let ids):
            return try apply(operation, to: ids, command: command, inbox: inbox, in: &transaction)
        case .mark(let mark, let limit):
            return try move(mark, upTo: limit, command: command, inbox: inbox, in: &transaction)
        }
    }

    private func apply(
        _ operation: RowOperation, to ids: [NotificationID], command: InboxCommand, inbox before: Inbox,
        in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        var rows: [Notification] = []
        for id in ids {
            guard let row = try transaction.row(id, of: command.user), row.standing != .deleted else {
                throw StoreError(.notFound, "no notification \(id)")
            }
            rows.append(row)
        }
        var inbox = before
        var changed: [Notification] = []
        for var row in rows where !changed.contains(where: { $0.id == row.id }) {
            guard inbox.apply(operation, to: &row, at: transaction.now) else { continue }
            try transaction.update(row)
            changed.append(row)
        }
        let publication: Publication.Content
        if changed.isEmpty {
            publication = .unchanged(.rows(operation, ids))
        } else {
            try transaction.setInbox(inbox, of: command.user)
            publication = .updated(operation, changed)
        }
        return (
            .inbox(inbox, rows: changed, count: changed.count),
            command.publications(publication, from: before.seq, inbox: inbox)
        )
    }

    private func move(
        _ mark: Mark, upTo limit: Seq?, command: InboxCommand, inbox before: Inbox,
        in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        var inbox = before
        var left = UnreadCounts(unread: 0, unseen: 0)
        if let limit, limit < before.seq {
            left = try transaction.count(
                of: command.user, readMark: mark == .readAll ? max(limit, before.readMark) : before.readMark,
                seenMark: mark == .seenAll ? max(limit, before.seenMark) : before.seenMark)
        }
        let count = inbox.move(mark, upTo: limit) { _, _ in left }
        guard let count else {
            return (
                .inbox(inbox, rows: [], count: 0),
                command.publications(.unchanged(.mark(mark)), from: before.seq, inbox: before)
            )
        }
        try transaction.setInbox(inbox, of: command.user)
        let moved = mark == .readAll ? inbox.readMark : inbox.seenMark
        return (
            .inbox(inbox, rows: [], count: count),
            command.publications(.marked(mark, upTo: moved, count: count), from: before.seq, inbox: inbox)
        )
    }
}

extension InboxCommand {
    /// A command that changed nothing concerns nobody but the session that asked.
    fileprivate func publications(_ content: Publication.Content, from: Seq, inbox: Inbox) -> [Publication] {
        if case .unchanged = content, origin == nil { return [] }
        return [Publication(user: user, from: from, inbox: inbox, content: content, origin: origin)]
    }
}
