#if PostgreSQL
    internal import PealCore

    /// The queries of what waits for its time.
    enum ScheduleQueries {
        private static let columns =
            "id, send_at, created_at, event, (SELECT json_agg(user_id ORDER BY position)::text FROM schedule_recipients "
            + "WHERE schedule = schedules.id)"
        static let one = PGStatement("SELECT \(columns) FROM schedules WHERE id = $1")
        static let all = PGStatement(
            "SELECT \(columns) FROM schedules WHERE (send_at, id) > ($1, $2) ORDER BY send_at, id LIMIT $3")
        static let ofUser = PGStatement(
            "SELECT \(columns) FROM schedules JOIN (SELECT schedule FROM schedule_recipients WHERE user_id = $4 "
                + "AND (send_at, schedule) > ($1, $2) ORDER BY send_at, schedule LIMIT $3) AS r ON r.schedule = schedules.id "
                + "ORDER BY send_at, id")
        static let due = PGStatement(
            "SELECT send_at, id FROM schedules WHERE (send_at, id) > ($1, $2) AND send_at <= $4 ORDER BY send_at, id LIMIT $3"
        )
        static let next = PGStatement("SELECT min(send_at) FROM schedules WHERE send_at > $1")
        static let count = PGStatement("SELECT count(*) FROM schedules")

        /// A place in the order of sending, before all others where there is none, and a limit.
        static func parameters(after position: Schedule.Position?, _ limit: Int) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(position?.sendAt ?? Timestamp(milliseconds: .min))
            parameters.bind(position?.id ?? NotificationID(high: 0, low: 0))
            parameters.bind(limit)
            return parameters
        }
    }

    extension PGRows {
        /// The columns of ``ScheduleQueries``.
        func schedule() throws(StoreError) -> Schedule {
            let id = id()
            let (sendAt, createdAt, document) = (time(), time(), text())
            let names = optionalText().flatMap { try? JSON.parse($0.utf8).array } ?? []
            let recipients = names.compactMap(\.string).map { Event.Recipient(UserID(trusted: $0)) }
            guard let event = Event(storedText: document, recipients: recipients) else {
                throw StoreError(.internalFault, "schedule \(id) cannot be read")
            }
            return Schedule(id: id, sendAt: sendAt, createdAt: createdAt, event: event)
        }
    }

    extension SnapshotReader {
        func schedules(_ query: ScheduleQuery) throws(StoreError) -> SchedulePage {
            var parameters = ScheduleQueries.parameters(after: query.after, query.limit + 1)
            if let user = query.user { parameters.bind(user) }
            let rows = try self.query(query.user == nil ? ScheduleQueries.all : ScheduleQueries.ofUser, parameters)
            var found: [Schedule] = []
            while rows.next() { found.append(try rows.schedule()) }
            return SchedulePage(schedules: Array(found.prefix(query.limit)), hasMore: found.count > query.limit)
        }

        func schedule(_ id: NotificationID) throws(StoreError) -> Schedule? {
            let rows = try query(ScheduleQueries.one, PGParameters(id))
            return rows.next() ? try rows.schedule() : nil
        }

        func dueSchedules(
            at time: Timestamp, after position: Schedule.Position?, limit: Int
        ) throws(StoreError) -> DueSchedules {
            var parameters = ScheduleQueries.parameters(after: position, limit)
            parameters.bind(time)
            let rows = try query(ScheduleQueries.due, parameters)
            var positions: [Schedule.Position] = []
            while rows.next() { positions.append(Schedule.Position(sendAt: rows.time(), id: rows.id())) }
            return DueSchedules(
                positions: positions, next: positions.count == limit ? nil : try next(ScheduleQueries.next, after: time)
            )
        }

        func scheduleCount() throws(StoreError) -> Int { try count(ScheduleQueries.count) }

        /// The one time that a query gives.
        func next(_ statement: PGStatement, after time: Timestamp) throws(StoreError) -> Timestamp? {
            var parameters = PGParameters()
            parameters.bind(time)
            let rows = try query(statement, parameters)
            return rows.next() ? rows.optionalTime() : nil
        }

        /// The one number that a query gives.
        func count(_ statement: PGStatement, _ parameters: PGParameters = .none) throws(StoreError) -> Int {
            let rows = try query(statement, parameters)
            return rows.next() ? Int(rows.integer()) : 0
        }
    }
#endif
