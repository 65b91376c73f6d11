internal import PealCore

/// The queries of ``TopicReads``.
final class TopicQueries {
    let topics: SQLStatement
    let count: SQLStatement
    let ofUser: SQLStatement
    let members: SQLStatement
    let fanOut: SQLStatement
    let fanOuts: SQLStatement
    let running: SQLStatement

    static let topicsQuery =
        "SELECT topic, count(*) FROM topic_members WHERE topic > ? GROUP BY topic ORDER BY topic LIMIT ?"
    static let ofUserQuery =
        "SELECT topic FROM topic_members INDEXED BY topic_members_user WHERE user = ? AND topic > ? "
        + "ORDER BY topic LIMIT ?"
    static let fanOutsQuery = "SELECT \(FanOutTable.columns) FROM fanouts WHERE id < ? ORDER BY id DESC LIMIT ?"
    static let runningQuery =
        "SELECT id FROM fanouts INDEXED BY fanouts_running WHERE finished_at IS NULL ORDER BY id LIMIT ?"

    init(_ connection: SQLConnection) throws(StoreError) {
        topics = try connection.prepare(Self.topicsQuery)
        count = try connection.prepare("SELECT count(*) FROM topic_members WHERE topic = ?")
        ofUser = try connection.prepare(Self.ofUserQuery)
        members = try connection.prepare(TopicTable.membersQuery)
        fanOut = try connection.prepare("SELECT \(FanOutTable.columns) FROM fanouts WHERE id = ?")
        fanOuts = try connection.prepare(Self.fanOutsQuery)
        running = try connection.prepare(Self.runningQuery)
    }
}

extension SnapshotReader {
    func topics(after name: TopicName?, limit: Int) throws(StoreError) -> [Topic] {
        let statement = groups.topics
        defer { statement.reset() }
        statement.bind(name?.rawValue ?? "")
        statement.bind(limit)
        var topics: [Topic] = []
        while try statement.next() {
            let name = TopicName(trusted: statement.text())
            topics.append(Topic(name: name, memberCount: Int(statement.integer())))
        }
        return topics
    }

    func topic(_ name: TopicName) throws(StoreError) -> Topic {
        let statement = groups.count
        defer { statement.reset() }
        statement.bind(name.rawValue)
        return Topic(name: name, memberCount: try statement.next() ? Int(statement.integer()) : 0)
    }

    func topics(of user: UserID, after name: TopicName?, limit: Int) throws(StoreError) -> [TopicName] {
        let statement = groups.ofUser
        defer { statement.reset() }
        statement.bind(user.rawValue)
        statement.bind(name?.rawValue ?? "")
        statement.bind(limit)
        var names: [TopicName] = []
        while try statement.next() { names.append(TopicName(trusted: statement.text())) }
        return names
    }

    func members(of topic: TopicName, after user: UserID?, limit: Int) throws(StoreError) -> [TopicMember] {
        try groups.members.members(of: topic, after: user, addedBy: Timestamp(milliseconds: .max), limit: limit)
    }

    func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut? {
        let statement = groups.fanOut
        defer { statement.reset() }
        statement.bind(id)
        return try statement.next() ? try statement.fanOut() : nil
    }

    func fanOuts(after id: NotificationID?, limit: Int) throws(StoreError) -> [FanOut] {
        let statement = groups.fanOuts
        defer { statement.reset() }
        statement.bind(id ?? NotificationID(high: .max, low: .max))
        statement.bind(limit)
        var found: [FanOut] = []
        while try statement.next() { found.append(try statement.fanOut()) }
        return found
    }

    func runningFanOuts(limit: Int) throws(StoreError) -> [NotificationID] {
        let statement = groups.running
        defer { statement.reset() }
        statement.bind(limit)
        var ids: [NotificationID] = []
        while try statement.next() { ids.append(statement.id()) }
        return ids
    }
}
