#if PostgreSQL
    internal import PealCore

    /// Events on their way to the members of topics, as the writer sees them.
    final class FanOutTable {
        static let columns =
            "id, topic, kind, type, created_at, state, finished_at, position, members, created, aggregated, suppressed, "
            + "retracted, event"

        private static let insert = PGStatement(
            "INSERT INTO fanouts (\(columns), actor) "
                + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)")
        private static let insertRecipients = PGStatement(
            "INSERT INTO fanout_recipients (fanout, number, users) SELECT * FROM \(PGColumns.unnest([.id, .integer, .text]))"
        )
        private static let select = PGStatement("SELECT \(columns) FROM fanouts WHERE id = $1 FOR UPDATE")
        private static let update = PGStatement(
            "UPDATE fanouts SET state = $1, finished_at = $2, position = $3, members = $4, created = $5, aggregated = $6, "
                + "suppressed = $7, retracted = $8, event = $9, actor = $10 WHERE id = $11")
        private static let nextRecipients = PGStatement(
            "DELETE FROM fanout_recipients WHERE fanout = $1 AND number = ("
                + "SELECT min(number) FROM fanout_recipients WHERE fanout = $1) RETURNING users")
        private static let deleteRecipients = PGStatement("DELETE FROM fanout_recipients WHERE fanout = $1")
        private static let running = PGStatement(
            "SELECT \(columns) FROM fanouts WHERE finished_at IS NULL AND topic = $1 ORDER BY id FOR UPDATE")
        private static let ofActor = PGStatement("SELECT id FROM fanouts WHERE actor = $1 LIMIT $2")
        private static let forget = PGStatement(
            "DELETE FROM fanouts WHERE id = ANY (ARRAY("
                + "SELECT id FROM fanouts WHERE finished_at < $1 ORDER BY finished_at LIMIT $2))")

        private let session: WriteSession

        init(_ session: WriteSession) {
            self.session = session
        }

        private static func parameters(_ id: NotificationID) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(id)
            return parameters
        }

        func insert(_ fanOut: FanOut, recipients: [[UserID]]) throws(StoreError) {
            var parameters = Self.parameters(fanOut.id)
            parameters.bind(fanOut.topic.rawValue)
            parameters.bind(fanOut.kind.rawValue)
            parameters.bind(fanOut.type)
            parameters.bind(fanOut.createdAt)
            parameters.bindProgress(of: fanOut)
            try session.send(Self.insert, parameters)
            guard !recipients.isEmpty else { return }
            var columns = PGColumns([.id, .integer, .text])
            for (number, part) in recipients.enumerated() {
                columns.bind(fanOut.id)
                columns.bind(number)
                columns.bind(JSON.array(part.map { JSON.string($0.rawValue) }).text)
            }
            try session.send(Self.insertRecipients, columns.parameters)
        }

        func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut? {
            let rows = try session.query(Self.select, Self.parameters(id))
            return rows.next() ? try rows.fanOut() : nil
        }

        func update(_ fanOut: FanOut) throws(StoreError) {
            var parameters = PGParameters()
            parameters.bindProgress(of: fanOut)
            parameters.bind(fanOut.id)
            try session.send(Self.update, parameters)
            guard fanOut.state != .running, fanOut.topic == .online else { return }
            try session.send(Self.deleteRecipients, Self.parameters(fanOut.id))
        }

        func nextRecipients(of id: NotificationID) throws(StoreError) -> [UserID] {
            let rows = try session.query(Self.nextRecipients, Self.parameters(id))
            guard rows.next() else { return [] }
            guard let names = try? JSON.parse(rows.text().utf8).array else {
                throw StoreError(.internalFault, "the recipients of fan-out \(id) cannot be read")
            }
            return names.compactMap(\.string).map(UserID.init(trusted:))
        }

        func running(of topic: TopicName) throws(StoreError) -> [FanOut] {
            var parameters = PGParameters()
            parameters.bind(topic.rawValue)
            let rows = try session.query(Self.running, parameters)
            var found: [FanOut] = []
            while rows.next() { found.append(try rows.fanOut()) }
            return found
        }

        func ids(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
            var parameters = PGParameters()
            parameters.bind(actor)
            parameters.bind(limit)
            return try session.query(Self.ofActor, parameters).ids()
        }

        func forget(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
            var parameters = PGParameters()
            parameters.bind(time)
            parameters.bind(limit)
            return try session.query(Self.forget, parameters).changes
        }
    }

    extension PGParameters {
        /// The columns from `state` on, then `actor`.
        fileprivate mutating func bindProgress(of fanOut: FanOut) {
            bind(fanOut.state.rawValue)
            bind(fanOut.finishedAt)
            bind(fanOut.position?.rawValue)
            for count in [
                fanOut.tally.members, fanOut.tally.created, fanOut.tally.aggregated, fanOut.tally.suppressed,
                fanOut.tally.retracted,
            ] { bind(count) }
            bind(fanOut.event?.storedText)
            bind(fanOut.event?.actor?.id)
        }
    }

    extension PGRows {
        /// The columns of ``FanOutTable/columns``.
        func fanOut() throws(StoreError) -> FanOut {
            let id = id()
            let (topic, kind, type) = (text(), text(), text())
            let createdAt = time()
            let state = text()
            let finishedAt = optionalTime()
            let position = optionalText().map(UserID.init(trusted:))
            var tally = FanOut.Tally()
            tally.members = Int(integer())
            tally.created = Int(integer())
            tally.aggregated = Int(integer())
            tally.suppressed = Int(integer())
            tally.retracted = Int(integer())
            let document = optionalText()
            let event = document.flatMap { Event(storedText: $0, recipients: []) }
            guard let kind = FanOut.Kind(rawValue: kind), let state = FanOut.State(rawValue: state),
                (event == nil) == (document == nil)
            else { throw StoreError(.internalFault, "fan-out \(id) cannot be read") }
            return FanOut(
                id: id, topic: TopicName(trusted: topic), kind: kind, type: type, event: event, createdAt: createdAt,
                finishedAt: finishedAt, state: state, position: position, tally: tally)
        }
    }
#endif
