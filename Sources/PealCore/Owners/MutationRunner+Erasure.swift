extension MutationRunner {
    /// Records that go with the first step.
    private static let firstRecords = 64

    func run(
        _ command: ErasureCommand, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        switch command {
        case .begin(let user, let alias):
            return try begin(user, alias: alias, in: &transaction)
        case .purge(let user, let limit):
            var erasure = try Self.erasure(of: user, in: &transaction)
            let rows = try transaction.purgeDetached(of: user, limit: limit)
            let records = try rows < limit ? transaction.removeRecords(of: user, limit: limit - rows) : 0
            erasure.removed.notifications += rows
            erasure.removed.records += records
            let left = limit - rows - records
            var changed = try rows + records + eraseSchedules(&erasure, limit: left, in: &transaction)
            changed += try eraseFanOuts(&erasure, limit: limit - changed, in: &transaction)
            if changed > 0 { try transaction.setErasure(erasure) }
            return (.erasure(erasure, changed: changed), [])
        case .anonymise(let user, let round, let traces):
            var erasure = try Self.erasure(of: user, in: &transaction)
            let publications = try anonymise(traces.rows, &erasure, in: &transaction)
            for number in traces.answers {
                let alias = UserID(trusted: erasure.alias)
                if try transaction.renameRecipient(user, to: alias, inAnswer: number) { erasure.removed.answers += 1 }
            }
            if erasure.round == round { erasure.position = traces.next }
            try transaction.setErasure(erasure)
            return (.erasure(erasure, changed: traces.rows.count + traces.answers.count), publications)
        case .end(let user, let round):
            let erasure = try Self.erasure(of: user, in: &transaction)
            guard erasure.round == round else { return (.erasure(erasure, changed: 0), []) }
            try transaction.endErasure(of: user)
            return (.erasure(erasure, changed: 1), [])
        }
    }

    private static func erasure(
        of user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Erasure {
        guard let erasure = try transaction.erasure(of: user) else {
            throw StoreError(.notFound, "no erasure of \(user) is under way")
        }
        return erasure
    }

    private func begin(
        _ user: UserID, alias: String, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        var erasure =
            try transaction.erasure(of: user) ?? Erasure(user: user, alias: alias, startedAt: transaction.now)
        erasure.round += 1
        erasure.position = Erasure.Position()
        var inbox = try transaction.inbox(of: user)
        let from = inbox.seq
        var publications: [Publication] = []
        if from > 0 {
            inbox.empty()
            try transaction.detachRows(of: user, leaving: inbox)
            publications = [Publication(user: user, from: from, inbox: inbox, content: .revised)]
        }
        _ = try eraseSchedules(&erasure, limit: Self.firstRecords, in: &transaction)
        _ = try eraseFanOuts(&erasure, limit: Self.firstRecords, in: &transaction)
        erasure.removed.records += try transaction.removeRecords(of: user, limit: Self.firstRecords)
        try transaction.setErasure(erasure)
        return (.erasure(erasure, changed: 1), publications)
    }
}

// MARK: - Others' rows

extension MutationRunner {
    private func anonymise(
        _ traces: [ErasureTraces.Row], _ erasure: inout Erasure, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> [Publication] {
        var publications: [UserID: Publication] = [:]
        for trace in traces {
            guard var row = try transaction.row(trace.id, of: trace.owner) else { continue }
            erasure.removed.mentions += 1
            try transaction.renameActor(erasure.user.rawValue, to: erasure.alias, of: row)
            let locale = try transaction.profile(of: trace.owner)?.locale
            guard row.anonymise(erasure.user.rawValue, as: erasure.alias, locale: locale, renderer: renderer) else {
                continue
            }
            // A tombstone shows nothing, so that nobody need hear of it.
            guard row.standing != .deleted else {
                try transaction.update(row)
                continue
            }
            var inbox = try transaction.inbox(of: trace.owner)
            let from = publications[trace.owner]?.from ?? inbox.seq
            inbox.revise(&row, at: transaction.now)
            try transaction.update(row)
            try transaction.setInbox(inbox, of: trace.owner)
            publications[trace.owner] = Publication(user: trace.owner, from: from, inbox: inbox, content: .revised)
        }
        return publications.values.sorted { $0.user < $1.user }
    }
}

extension Inbox {
    /// What is left when all rows go: nothing, at a new seq that no cursor from before reaches, so that every client begins
    /// anew.
    public mutating func empty() {
        self = Inbox(seq: seq + 1, floor: seq + 1)
    }

    /// Lets clients learn of a row that says something else now and counts as before.
    public mutating func revise(_ row: inout Notification, at now: Timestamp) {
        fold(&row)
        seq += 1
        row.seq = seq
        row.updatedAt = now
    }
}
