internal import PealCore

/// Events on their way to the members of topics, as the writer sees them.
final class FanOutTable {
    private let insert: SQLStatement
    private let insertRecipients: SQLStatement
    private let select: SQLStatement
    private let update: SQLStatement
    private let nextRecipients: SQLStatement
    private let deletePart: SQLStatement
    private let deleteRecipients: SQLStatement
    private let running: SQLStatement
    private let ofActor: SQLStatement
    private let forget: SQLStatement
    private let connection: SQLConnection

    static let columns =
        "id, topic, kind, type, created_at, state, finished_at, position, members, created, aggregated, suppressed, "
        + "retracted, event"

    init(_ connection: SQLConnection) throws(StoreError) {
        self.connection = connection
        insert = try connection.prepare(
            "INSERT INTO fanouts (\(Self.columns), actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertRecipients = try connection.prepare(
            "INSERT INTO fanout_recipients (fanout, number, users) VALUES (?, ?, ?)")
        select = try connection.prepare("SELECT \(Self.columns) FROM fanouts WHERE id = ?")
        update = try connection.prepare(
            "UPDATE fanouts SET state = ?, finished_at = ?, position = ?, members = ?, created = ?, aggregated = ?, "
                + "suppressed = ?, retracted = ?, event = ?, actor = ? WHERE id = ?")
        nextRecipients = try connection.prepare(
            "SELECT number, users FROM fanout_recipients WHERE fanout = ? ORDER BY number LIMIT 1")
        deletePart = try connection.prepare("DELETE FROM fanout_recipients WHERE fanout = ? AND number = ?")
        deleteRecipients = try connection.prepare("DELETE FROM fanout_recipients WHERE fanout = ?")
        running = try connection.prepare(
            "SELECT \(Self.columns) FROM fanouts INDEXED BY fanouts_running WHERE finished_at IS NULL AND +topic = ? "
                + "ORDER BY id")
        ofActor = try connection.prepare("SELECT id FROM fanouts INDEXED BY fanouts_actor WHERE actor = ? LIMIT ?")
        forget = try connection.prepare(
            "DELETE FROM fanouts WHERE row IN (SELECT row FROM fanouts INDEXED BY fanouts_end "
                + "WHERE finished_at < ? ORDER BY finished_at LIMIT ?)")
    }

    func insert(_ fanOut: FanOut, recipients: [[UserID]]) throws(StoreError) {
        insert.bind(fanOut.id)
        insert.bind(fanOut.topic.rawValue)
        insert.bind(fanOut.kind.rawValue)
        insert.bind(fanOut.type)
        insert.bind(fanOut.createdAt)
        insert.bindProgress(of: fanOut)
        try insert.run()
        for (number, part) in recipients.enumerated() {
            insertRecipients.bind(fanOut.id)
            insertRecipients.bind(number)
            insertRecipients.bind(Self.text(of: part))
            try insertRecipients.run()
        }
    }

    func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut? {
        defer { select.reset() }
        select.bind(id)
        return try select.next() ? try select.fanOut() : nil
    }

    func update(_ fanOut: FanOut) throws(StoreError) {
        update.bindProgress(of: fanOut)
        update.bind(fanOut.id)
        try update.run()
        guard fanOut.state != .running, fanOut.topic == .online else { return }
        deleteRecipients.bind(fanOut.id)
        try deleteRecipients.run()
    }

    func nextRecipients(of id: NotificationID) throws(StoreError) -> [UserID] {
        guard let (number, users) = try part(of: id) else { return [] }
        deletePart.bind(id)
        deletePart.bind(number)
        try deletePart.run()
        return users
    }

    private func part(of id: NotificationID) throws(StoreError) -> (number: Int64, users: [UserID])? {
        defer { nextRecipients.reset() }
        nextRecipients.bind(id)
        guard try nextRecipients.next() else { return nil }
        let number = nextRecipients.integer()
        guard let names = try? JSON.parse(nextRecipients.text().utf8).array else {
            throw StoreError(.internalFault, "the recipients of fan-out \(id) cannot be read")
        }
        return (number, names.compactMap(\.string).map(UserID.init(trusted:)))
    }

    private static func text(of users: [UserID]) -> String {
        var writer = JSONWriter(reserving: 24 * users.count)
        writer.beginArray()
        for user in users { writer.value(user.rawValue) }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    func running(of topic: TopicName) throws(StoreError) -> [FanOut] {
        defer { running.reset() }
        running.bind(topic.rawValue)
        var found: [FanOut] = []
        while try running.next() { found.append(try running.fanOut()) }
        return found
    }

    func ids(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
        defer { ofActor.reset() }
        ofActor.bind(actor)
        ofActor.bind(limit)
        var ids: [NotificationID] = []
        while try ofActor.next() { ids.append(ofActor.id()) }
        return ids
    }

    func forget(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
        forget.bind(time)
        forget.bind(limit)
        try forget.run()
        return connection.changes
    }
}

extension SQLStatement {
    /// The columns from `state` on, then `actor`.
    fileprivate func bindProgress(of fanOut: FanOut) {
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

    /// The columns of ``FanOutTable/columns``.
    func fanOut() throws(StoreError) -> FanOut {
        let id = id()
        let (topic, kind, type) = (text(), text(), text())
        let createdAt = Timestamp(milliseconds: integer())
        let state = text()
        let finishedAt = optionalInteger().map(Timestamp.init(milliseconds:))
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
