internal import PealCore

extension SnapshotReader {
    func actors(
        of id: NotificationID, user: UserID, offset: Int, limit: Int
    ) throws(StoreError) -> ActorPage {
        let statement = sql.row
        defer { statement.reset() }
        statement.bind(id)
        statement.bind(try inbox(of: user).id ?? 0)
        guard try statement.next() else { throw StoreError(.notFound, "no notification \(id)") }
        let (number, row) = statement.notification(of: user)
        guard row.standing != .deleted else { throw StoreError(.notFound, "no notification \(id)") }
        let actors =
            row.actorCount > Notification.actorSampleLimit
            ? try storedActors(of: number, offset: offset, limit: limit + 1)
            : Array(row.actors.dropFirst(offset).prefix(limit + 1))
        return ActorPage(
            actors: Array(actors.prefix(limit)), count: row.actorCount, hasMore: actors.count > limit)
    }

    private func storedActors(of number: Int64, offset: Int, limit: Int) throws(StoreError) -> [Actor] {
        let statement = sql.actors
        defer { statement.reset() }
        statement.bind(number)
        statement.bind(limit)
        statement.bind(offset)
        var actors: [Actor] = []
        while try statement.next() {
            actors.append(Actor(id: statement.text(), name: statement.optionalText()))
        }
        return actors
    }

    // MARK: Time

    func due(at time: Timestamp, limit: Int) throws(StoreError) -> DueRows {
        var due: [(at: Int64, row: DueRows.Row)] = []
        for statement in [sql.waking, sql.ending] {
            defer { statement.reset() }
            statement.bind(time)
            statement.bind(limit + 1)
            while try statement.next() {
                let (at, user, id) = (statement.integer(), UserID(trusted: statement.text()), statement.id())
                due.append((at, DueRows.Row(user: user, id: id)))
            }
        }
        due.sort { ($0.at, $0.row.id) < ($1.at, $1.row.id) }
        var seen: Set<NotificationID> = []
        let rows = due.map(\.row).filter { seen.insert($0.id).inserted }
        let next = rows.count > limit ? nil : try nextDue(after: time)
        return DueRows(rows: Array(rows.prefix(limit)), next: next)
    }

    private func nextDue(after time: Timestamp) throws(StoreError) -> Timestamp? {
        var next: Timestamp?
        for statement in [sql.nextWake, sql.nextEnd] {
            defer { statement.reset() }
            statement.bind(time)
            guard try statement.next(), let at = statement.optionalInteger() else { continue }
            next = min(next ?? Timestamp(milliseconds: .max), Timestamp(milliseconds: at))
        }
        return next
    }

    // MARK: Retention

    func retention(
        of user: UserID, _ policy: RetentionPolicy, at time: Timestamp, limit: Int
    ) throws(StoreError) -> RetentionStep {
        let purgeBefore = time + .milliseconds(-policy.tombstoneAge.wholeMilliseconds)
        guard let inbox = try inbox(of: user).id else { return RetentionStep(purgeBefore: purgeBefore) }
        var stale: [RetentionStep.Stale] = []
        if let age = policy.maximumAge {
            stale = try oldest(inbox, before: time + .milliseconds(-age.wholeMilliseconds), limit: limit)
        }
        if let maximum = policy.maximumRows, stale.count < limit {
            let surplus = try count(sql.keptRows, inbox) - maximum
            if surplus > stale.count {
                stale = try oldest(inbox, before: Timestamp(milliseconds: .max), limit: min(surplus, limit))
            }
        }
        sql.purgeable.bind(inbox)
        sql.purgeable.bind(purgeBefore)
        sql.purgeable.bind(limit)
        defer { sql.purgeable.reset() }
        let purgeable = try sql.purgeable.next() ? Int(sql.purgeable.integer()) : 0
        return RetentionStep(stale: stale, purgeBefore: purgeBefore, purgeable: purgeable)
    }

    private func count(_ statement: SQLStatement, _ inbox: Int64) throws(StoreError) -> Int {
        defer { statement.reset() }
        statement.bind(inbox)
        return try statement.next() ? Int(statement.integer()) : 0
    }

    /// Active and archived rows whose last event was before a time, the oldest first.
    private func oldest(
        _ inbox: Int64, before time: Timestamp, limit: Int
    ) throws(StoreError) -> [RetentionStep.Stale] {
        var rows: [(at: Int64, number: Int64, stale: RetentionStep.Stale)] = []
        for (standing, isRead) in [(Standing.active, false), (.active, true), (.archived, true)] {
            let statement = sql.oldest
            defer { statement.reset() }
            statement.bind(inbox)
            statement.bind(standing.rawValue)
            statement.bind(isRead)
            statement.bind(time)
            statement.bind(limit)
            while try statement.next() {
                let (at, number, id, seq) = (
                    statement.integer(), statement.integer(), statement.id(), statement.integer()
                )
                rows.append((at, number, RetentionStep.Stale(id: id, seq: seq)))
            }
        }
        return rows.sorted { ($0.at, $0.number) < ($1.at, $1.number) }.prefix(limit).map(\.stale)
    }
}
