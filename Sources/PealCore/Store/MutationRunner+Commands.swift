/// What a user asks of their own inbox.
extension MutationRunner {
    func run(
        _ command: InboxCommand, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        let inbox = try transaction.inbox(of: command.user)
        switch command.kind {
        case .rows(let operation, let ids):
            return try apply(operation, to: ids, command: command, inbox: inbox, in: &transaction)
        case .snooze(let ids, let until):
            return try apply(.snooze, to: ids, until: until, command: command, inbox: inbox, in: &transaction)
        case .mark(let mark, let limit):
            return try move(mark, upTo: limit, command: command, inbox: inbox, in: &transaction)
        }
    }

    private func apply(
        _ operation: RowOperation, to ids: [NotificationID], until: Timestamp? = nil, command: InboxCommand,
        inbox before: Inbox, in transaction: inout some InboxTransaction
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
            guard inbox.apply(operation, to: &row, at: transaction.now, until: until) else { continue }
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
        var publications = command.publications(publication, from: before.seq, inbox: inbox)
        if operation == .read { publications += changed.receipts(.read, at: transaction.now) }
        return (.inbox(inbox, rows: changed, count: changed.count), publications)
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
        let count = inbox.move(mark, upTo: limit, at: transaction.now) { _, _ in left }
        guard let count else {
            return (
                .inbox(inbox, rows: [], count: 0),
                command.publications(.unchanged(.mark(mark)), from: before.seq, inbox: before)
            )
        }
        try transaction.setInbox(inbox, of: command.user)
        let moved = mark == .readAll ? inbox.readMark : inbox.seenMark
        var publications = command.publications(
            .marked(mark, upTo: moved, count: count), from: before.seq, inbox: inbox)
        if mark == .readAll {
            let read = try transaction.receipts(of: command.user, from: before.readMark, through: moved)
            publications += read.receipts(.read, at: transaction.now)
        }
        return (.inbox(inbox, rows: [], count: count), publications)
    }
}

extension InboxCommand {
    /// A command that changed nothing concerns nobody but the session that asked.
    fileprivate func publications(_ content: Publication.Content, from: Seq, inbox: Inbox) -> [Publication] {
        if case .unchanged = content, origin == nil { return [] }
        return [Publication(user: user, from: from, inbox: inbox, content: content, origin: origin)]
    }
}
