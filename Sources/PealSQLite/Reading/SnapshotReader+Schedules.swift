internal import PealCore

/// The queries of ``ScheduleReads``.
final class ScheduleQueries {
    let statements: ScheduleStatements
    let all: SQLStatement
    let ofUser: SQLStatement
    let due: SQLStatement
    let next: SQLStatement
    let count: SQLStatement

    static let allQuery = """
        SELECT id, send_at, created_at, event FROM schedules INDEXED BY schedules_due
        WHERE (send_at, id) > (?, ?) ORDER BY send_at, id LIMIT ?
        """
    static let ofUserQuery = """
        SELECT schedule FROM schedule_recipients INDEXED BY schedule_recipients_user
        WHERE user = ? AND (send_at, schedule) > (?, ?) ORDER BY send_at, schedule LIMIT ?
        """
    static let dueQuery = """
        SELECT send_at, id FROM schedules INDEXED BY schedules_due
        WHERE (send_at, id) > (?, ?) AND send_at <= ? ORDER BY send_at, id LIMIT ?
        """

    init(_ connection: SQLConnection) throws(StoreError) {
        statements = try ScheduleStatements(connection)
        all = try connection.prepare(Self.allQuery)
        ofUser = try connection.prepare(Self.ofUserQuery)
        due = try connection.prepare(Self.dueQuery)
        next = try connection.prepare(
            "SELECT min(send_at) FROM schedules INDEXED BY schedules_due WHERE send_at > ?")
        count = try connection.prepare("SELECT count(*) FROM schedules")
    }
}

extension SQLStatement {
    /// Binds a place in the order of sending; the place before all others where there is none.
    fileprivate func bind(_ position: Schedule.Position?) {
        bind(position?.sendAt ?? Timestamp(milliseconds: .min))
        bind(position?.id ?? NotificationID(high: 0, low: 0))
    }
}

extension SnapshotReader {
    func schedules(_ query: ScheduleQuery) throws(StoreError) -> SchedulePage {
        let found = if let user = query.user { try schedules(of: user, query) } else { try all(query) }
        return SchedulePage(schedules: Array(found.prefix(query.limit)), hasMore: found.count > query.limit)
    }

    private func all(_ query: ScheduleQuery) throws(StoreError) -> [Schedule] {
        let statement = waiting.all
        defer { statement.reset() }
        statement.bind(query.after)
        statement.bind(query.limit + 1)
        var found: [Schedule] = []
        while try statement.next() { found.append(try waiting.statements.schedule(in: statement)) }
        return found
    }

    private func schedules(of user: UserID, _ query: ScheduleQuery) throws(StoreError) -> [Schedule] {
        let statement = waiting.ofUser
        defer { statement.reset() }
        statement.bind(user.rawValue)
        statement.bind(query.after)
        statement.bind(query.limit + 1)
        var found: [Schedule] = []
        while try statement.next() {
            if let schedule = try waiting.statements.schedule(statement.id()) { found.append(schedule) }
        }
        return found
    }

    func schedule(_ id: NotificationID) throws(StoreError) -> Schedule? { try waiting.statements.schedule(id) }

    func dueSchedules(
        at time: Timestamp, after position: Schedule.Position?, limit: Int
    ) throws(StoreError) -> DueSchedules {
        let statement = waiting.due
        defer { statement.reset() }
        statement.bind(position)
        statement.bind(time)
        statement.bind(limit)
        var positions: [Schedule.Position] = []
        while try statement.next() {
            let sendAt = Timestamp(milliseconds: statement.integer())
            positions.append(Schedule.Position(sendAt: sendAt, id: statement.id()))
        }
        return DueSchedules(positions: positions, next: positions.count == limit ? nil : try next(after: time))
    }

    private func next(after time: Timestamp) throws(StoreError) -> Timestamp? {
        defer { waiting.next.reset() }
        waiting.next.bind(time)
        guard try waiting.next.next() else { return nil }
        return waiting.next.optionalInteger().map(Timestamp.init(milliseconds:))
    }

    func scheduleCount() throws(StoreError) -> Int {
        defer { waiting.count.reset() }
        return try waiting.count.next() ? Int(waiting.count.integer()) : 0
    }
}
