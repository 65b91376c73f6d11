import PealCore

/// What a crash test keeps account of, and the judgement on it.
struct CrashLedger: Sendable {
    /// The answer that a producer was given.
    struct Acknowledged: Sendable {
        var user: String
        var id: String
        /// Who acted, where the event can join others.
        var actor: String?
    }

    /// What the store says of one user in the end.
    struct Stored: Sendable {
        var rows: [String: ClientInbox.Row] = [:]
        /// Of the rows that carry one, in any order.
        var names: [String] = []
        var unreadCount = 0
    }

    /// By idempotency key.
    var acknowledged: [String: Acknowledged] = [:]
    /// By `user/device`.
    var clients: [String: ClientInbox] = [:]
    var repeatedRequests = 0
    var reconnects = 0
    var problems: [String] = []

    func verdict(on stored: [String: Stored]) -> CrashVerdict {
        var verdict = CrashVerdict(problems: problems)
        verdict.acknowledged = acknowledged.count
        verdict.repeatedRequests = repeatedRequests
        verdict.reconnects = reconnects
        for (user, stored) in stored {
            judge(stored, of: user, &verdict)
            for (name, client) in clients where name.hasPrefix(user + "/") {
                judge(client, name, against: stored, &verdict)
            }
        }
        return verdict
    }

    private func judge(_ stored: Stored, of user: String, _ verdict: inout CrashVerdict) {
        let expected = acknowledged.values.filter { $0.user == user }
        verdict.lost += expected.count { stored.rows[$0.id] == nil }
        verdict.storedTwice += stored.names.count - Set(stored.names).count
        if stored.rows.values.count(where: { $0.status == "UNREAD" }) != stored.unreadCount { verdict.countDrift += 1 }
        for (id, answers) in Dictionary(grouping: expected.filter { $0.actor != nil }, by: \.id) {
            guard let row = stored.rows[id] else { continue }
            let actors = Int64(Set(answers.map(\.actor)).count)
            let counted = row.text?.actorCount ?? 0
            verdict.lostActors += Int(max(0, actors - counted))
            verdict.inventedActors += Int(max(0, counted - actors))
        }
    }

    private func judge(
        _ client: ClientInbox, _ name: String, against stored: Stored, _ verdict: inout CrashVerdict
    ) {
        verdict.twice += client.duplicates.count
        verdict.gaps += client.gaps.count
        verdict.resets += client.resets
        if client.unreadCount != stored.unreadCount { verdict.countDrift += 1 }
        let differing = client.differences(from: stored.rows)
        if !differing.isEmpty { verdict.divergentClients += 1 }
        verdict.problems += (client.duplicates.prefix(3) + client.gaps.prefix(3) + differing.prefix(3)).map {
            "\(name): \($0)"
        }
    }
}

struct CrashVerdict: Sendable, CustomStringConvertible {
    var acknowledged = 0
    var lost = 0
    /// Acknowledged actors whom their group does not count, and counted ones whom nobody sent.
    var lostActors = 0
    var inventedActors = 0
    var twice = 0
    var gaps = 0
    var storedTwice = 0
    var countDrift = 0
    var divergentClients = 0
    var resets = 0
    var repeatedRequests = 0
    var reconnects = 0
    var problems: [String] = []

    var isClean: Bool {
        lost + lostActors + inventedActors + twice + gaps + storedTwice + countDrift + divergentClients + resets == 0
            && problems.isEmpty
    }

    var description: String {
        """
        \(acknowledged) acknowledged, \(lost) lost, \(lostActors) actors lost, \(inventedActors) actors too many, \
        \(twice) shown twice, \(gaps) gaps, \(storedTwice) stored twice, \(countDrift) counts wrong, \
        \(divergentClients) clients diverged, \(resets) resets, \(repeatedRequests) requests repeated, \
        \(reconnects) reconnects \(problems.prefix(5))
        """
    }
}

extension ClientInbox {
    /// A first page leaves out what has been archived by then.
    private func isLeftOut(_ row: Row) -> Bool { row.status == "ARCHIVED" && row.seq <= loadedAt }

    /// Rows that this client shows otherwise than the store, or lacks; those before a cut first page are not its business.
    fileprivate func differences(from stored: [String: Row]) -> [String] {
        rows.compactMap { id, row in
            guard let other = stored[id] else { return "\(id) is not stored" }
            var known = row
            if known.text == nil, !isComplete { known.text = other.text }
            // A mark moves the row's own state without moving what it is compared with.
            known.unreadSeq = other.unreadSeq
            return known == other ? nil : "\(id): \(row) here, \(other) stored"
        }
            + (isComplete
                ? stored.filter { rows[$0.key] == nil && !isLeftOut($0.value) }.map { id, row in
                    "\(id) is missing, stored \(row), client at \(seq), \(steps(past: row.unreadSeq)), \(steps(past: row.seq))"
                } : [])
    }
}
