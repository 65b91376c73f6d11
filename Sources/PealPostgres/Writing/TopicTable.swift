#if PostgreSQL
    internal import PealCore

    /// Who belongs to which topic, as the writer sees it.
    final class TopicTable {
        private static let insert = PGStatement(
            "INSERT INTO topic_members (topic, user_id, added_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        private static let delete = PGStatement("DELETE FROM topic_members WHERE topic = $1 AND user_id = $2")
        private static let deleteSome = PGStatement(
            "DELETE FROM topic_members WHERE topic = $1 "
                + "AND user_id = ANY (ARRAY(SELECT user_id FROM topic_members WHERE topic = $1 ORDER BY user_id LIMIT $2))"
        )

        private let session: WriteSession

        init(_ session: WriteSession) {
            self.session = session
        }

        private static func parameters(_ topic: TopicName, _ user: UserID) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(topic.rawValue)
            parameters.bind(user)
            return parameters
        }

        func add(_ user: UserID, to topic: TopicName, at now: Timestamp) throws(StoreError) -> Bool {
            var parameters = Self.parameters(topic, user)
            parameters.bind(now)
            return try session.query(Self.insert, parameters).changes > 0
        }

        func remove(_ user: UserID, from topic: TopicName) throws(StoreError) -> Bool {
            try session.query(Self.delete, Self.parameters(topic, user)).changes > 0
        }

        func removeMembers(of topic: TopicName, limit: Int) throws(StoreError) -> Int {
            var parameters = PGParameters()
            parameters.bind(topic.rawValue)
            parameters.bind(limit)
            return try session.query(Self.deleteSome, parameters).changes
        }

        func members(
            of topic: TopicName, after user: UserID?, addedBy time: Timestamp, limit: Int
        ) throws(StoreError) -> [TopicMember] {
            try session.query(
                TopicQueries.members, TopicQueries.parameters(of: topic, after: user, addedBy: time, limit)
            )
            .members()
        }
    }
#endif
