internal import PealCore

/// Who belongs to which topic, as the writer sees it.
final class TopicTable {
    private let insert: SQLStatement
    private let delete: SQLStatement
    private let deleteSome: SQLStatement
    private let select: SQLStatement
    private let connection: SQLConnection

    static let membersQuery =
        "SELECT user, added_at FROM topic_members WHERE topic = ? AND user > ? AND added_at <= ? ORDER BY user LIMIT ?"

    init(_ connection: SQLConnection) throws(StoreError) {
        self.connection = connection
        insert = try connection.prepare(
            "INSERT INTO topic_members (topic, user, added_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        delete = try connection.prepare("DELETE FROM topic_members WHERE topic = ? AND user = ?")
        deleteSome = try connection.prepare(
            "DELETE FROM topic_members WHERE topic = ?1 "
                + "AND user IN (SELECT user FROM topic_members WHERE topic = ?1 ORDER BY user LIMIT ?2)")
        select = try connection.prepare(Self.membersQuery)
    }

    func add(_ user: UserID, to topic: TopicName, at now: Timestamp) throws(StoreError) -> Bool {
        insert.bind(topic.rawValue)
        insert.bind(user.rawValue)
        insert.bind(now)
        try insert.run()
        return connection.changes > 0
    }

    func remove(_ user: UserID, from topic: TopicName) throws(StoreError) -> Bool {
        delete.bind(topic.rawValue)
        delete.bind(user.rawValue)
        try delete.run()
        return connection.changes > 0
    }

    func removeMembers(of topic: TopicName, limit: Int) throws(StoreError) -> Int {
        deleteSome.bind(topic.rawValue)
        deleteSome.bind(limit)
        try deleteSome.run()
        return connection.changes
    }

    func members(
        of topic: TopicName, after user: UserID?, addedBy time: Timestamp, limit: Int
    ) throws(StoreError) -> [TopicMember] {
        try select.members(of: topic, after: user, addedBy: time, limit: limit)
    }
}

extension SQLStatement {
    /// Runs ``TopicTable/membersQuery``.
    func members(
        of topic: TopicName, after user: UserID?, addedBy time: Timestamp, limit: Int
    ) throws(StoreError) -> [TopicMember] {
        defer { reset() }
        bind(topic.rawValue)
        // Before all of them: no id is empty.
        bind(user?.rawValue ?? "")
        bind(time)
        bind(limit)
        var members: [TopicMember] = []
        while try next() {
            members.append(
                TopicMember(user: UserID(trusted: text()), addedAt: Timestamp(milliseconds: integer())))
        }
        return members
    }
}
