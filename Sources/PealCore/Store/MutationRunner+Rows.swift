/// What happens to rows without their reader asking for it.
extension MutationRunner {
    // MARK: Retractions

    func run(
        _ retraction: Retraction, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        var answers: [RetractedRow] = []
        var publications: [Publication] = []
        for user in retraction.users {
            let act = retraction.act(for: user)
            try transaction.rememberRetraction(of: act, at: retraction.occurredAt ?? transaction.now)
            answers += try cancelSchedules(of: act, in: &transaction)
            let rows = try transaction.rows(of: act)
            guard !rows.isEmpty else { continue }
            var inbox = try transaction.inbox(of: user)
            for var row in rows {
                let from = inbox.seq
                try retract(act, from: &row, inbox: &inbox, in: &transaction)
                try transaction.update(row)
                answers.append(
                    RetractedRow(user: user, id: row.id, seq: row.seq, isRemoved: row.standing == .deleted))
                publications.append(
                    Publication(user: user, from: from, inbox: inbox, content: .updated(.retract, [row])))
            }
            try transaction.setInbox(inbox, of: user)
        }
        return (.retracted(answers), publications)
    }

    private func retract(
        _ act: Act, from row: inout Notification, inbox: inout Inbox, in transaction: inout some InboxTransaction
    ) throws(StoreError) {
        let wasNewest = row.actors.first.map { $0.id.utf8.elementsEqual(act.actorID.utf8) } ?? false
        guard row.actorCount > 1 else {
            _ = inbox.apply(.retract, to: &row, at: transaction.now)
            return
        }
        let left = try transaction.removeActor(act.actorID, from: row)
        inbox.reduce(&row, to: left, at: transaction.now)
        // The producer's own words are those of the newest actor.
        guard !row.hasOwnText || wasNewest else { return }
        row.hasOwnText = false
        row.setText(
            title: nil, message: nil, excerpt: nil, locale: try transaction.profile(of: row.userID)?.locale,
            renderer: renderer)
    }

    // MARK: Time

    func settle(
        _ ids: [NotificationID], of user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> [Publication] {
        try change(ids, of: user, in: &transaction) { row, now in
            if let end = row.expiresAt, end <= now { return .expire }
            if row.standing == .snoozed, let end = row.snoozedUntil, end <= now { return .unsnooze }
            return nil
        }
    }

    func deliver(
        _ ids: [NotificationID], of user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> [Publication] {
        let publications = try change(ids, of: user, in: &transaction) { _, _ in .deliver }
        let rows = publications.flatMap { publication in
            if case .updated(_, let rows) = publication.content { rows } else { [Notification]() }
        }
        return publications + rows.receipts(.delivered, at: transaction.now)
    }

    /// Does to each row what it calls for; those that are gone are passed over.
    private func change(
        _ ids: [NotificationID], of user: UserID, in transaction: inout some InboxTransaction,
        _ operation: (Notification, Timestamp) -> RowOperation?
    ) throws(StoreError) -> [Publication] {
        var inbox = try transaction.inbox(of: user)
        var publications: [Publication] = []
        for id in ids {
            guard var row = try transaction.row(id, of: user), let operation = operation(row, transaction.now)
            else { continue }
            let from = inbox.seq
            guard inbox.apply(operation, to: &row, at: transaction.now) else { continue }
            try transaction.update(row)
            publications.append(Publication(user: user, from: from, inbox: inbox, content: .updated(operation, [row])))
        }
        if !publications.isEmpty { try transaction.setInbox(inbox, of: user) }
        return publications
    }

    // MARK: Retention

    func run(
        _ step: RetentionStep, of user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        let before = try transaction.inbox(of: user)
        var inbox = before
        var expired: [Notification] = []
        for stale in step.stale {
            guard var row = try transaction.row(stale.id, of: user), row.seq == stale.seq,
                inbox.apply(.expire, to: &row, at: transaction.now)
            else { continue }
            try transaction.update(row)
            expired.append(row)
        }
        var purged = 0
        if step.purgeable > 0 {
            let (count, seq) = try transaction.purge(of: user, before: step.purgeBefore, limit: step.purgeable)
            inbox.floor = max(inbox.floor, seq)
            purged = count
        }
        if inbox != before { try transaction.setInbox(inbox, of: user) }
        let publications =
            expired.isEmpty
            ? [] : [Publication(user: user, from: before.seq, inbox: inbox, content: .updated(.expire, expired))]
        return (.retained(expired: expired.count, purged: purged), publications)
    }
}

extension [Notification] {
    /// What the actors of these rows are told, where the rows want that.
    func receipts(_ status: Publication.Receipt.Status, at now: Timestamp) -> [Publication] {
        filter(\.wantsReceipt).flatMap { row in
            row.actors.compactMap { UserID($0.id) }.map { actor in
                Publication(
                    user: actor, from: 0, inbox: Inbox(),
                    content: .receipt(
                        Publication.Receipt(notification: row.id, reader: row.userID, status: status, at: now)))
            }
        }
    }
}
