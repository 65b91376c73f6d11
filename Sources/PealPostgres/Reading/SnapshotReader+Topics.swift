#if PostgreSQL
    internal import PealCore

    /// The queries of topics and of events on their way to their members.
    enum TopicQueries {
        static let topics = PGStatement(
            "SELECT topic, count(*) FROM topic_members WHERE topic > $1 GROUP BY topic ORDER BY topic LIMIT $2")
        static let count = PGStatement("SELECT count(*) FROM topic_members WHERE topic = $1")
        static let ofUser = PGStatement(
            "SELECT topic FROM topic_members WHERE user_id = $1 AND topic > $2 ORDER BY topic LIMIT $3")
        static let members = PGStatement(
            "SELECT user_id, added_at FROM topic_members WHERE topic = $1 AND user_id > $2 AND added_at <= $3 "
                + "ORDER BY user_id LIMIT $4")
        static let fanOut = PGStatement("SELECT \(FanOutTable.columns) FROM fanouts WHERE id = $1")
        static let fanOuts = PGStatement(
            "SELECT \(FanOutTable.columns) FROM fanouts WHERE id < $1 ORDER BY id DESC LIMIT $2")
        static let running = PGStatement("SELECT id FROM fanouts WHERE finished_at IS NULL ORDER BY id LIMIT $1")

        /// Those of ``members``.
        static func parameters(
            of topic: TopicName, after user: UserID?, addedBy time: Timestamp, _ limit: Int
        ) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(topic.rawValue)
            // Before all of them: no id is empty.
            parameters.bind(user?.rawValue ?? "")
            parameters.bind(time)
            parameters.bind(limit)
            return parameters
        }
    }

    extension PGRows {
        /// The rows of ``TopicQueries/members``.
        func members() -> [TopicMember] {
            var members: [TopicMember] = []
            while next() { members.append(TopicMember(user: user(), addedAt: time())) }
            return members
        }
    }

    extension SnapshotReader {
        func topics(after name: TopicName?, limit: Int) throws(StoreError) -> [Topic] {
            var parameters = PGParameters()
            parameters.bind(name?.rawValue ?? "")
            parameters.bind(limit)
            let rows = try query(TopicQueries.topics, parameters)
            var topics: [Topic] = []
            while rows.next() {
                topics.append(Topic(name: TopicName(trusted: rows.text()), memberCount: Int(rows.integer())))
            }
            return topics
        }

        func topic(_ name: TopicName) throws(StoreError) -> Topic {
            var parameters = PGParameters()
            parameters.bind(name.rawValue)
            return Topic(name: name, memberCount: try count(TopicQueries.count, parameters))
        }

        func topics(of user: UserID, after name: TopicName?, limit: Int) throws(StoreError) -> [TopicName] {
            var parameters = PGParameters(user)
            parameters.bind(name?.rawValue ?? "")
            parameters.bind(limit)
            let rows = try query(TopicQueries.ofUser, parameters)
            var names: [TopicName] = []
            while rows.next() { names.append(TopicName(trusted: rows.text())) }
            return names
        }

        func members(of topic: TopicName, after user: UserID?, limit: Int) throws(StoreError) -> [TopicMember] {
            let parameters = TopicQueries.parameters(
                of: topic, after: user, addedBy: Timestamp(milliseconds: .max), limit)
            return try query(TopicQueries.members, parameters).members()
        }

        func fanOut(_ id: NotificationID) throws(StoreError) -> FanOut? {
            let rows = try query(TopicQueries.fanOut, PGParameters(id))
            return rows.next() ? try rows.fanOut() : nil
        }

        func fanOuts(after id: NotificationID?, limit: Int) throws(StoreError) -> [FanOut] {
            var parameters = PGParameters(id ?? NotificationID(high: .max, low: .max))
            parameters.bind(limit)
            let rows = try query(TopicQueries.fanOuts, parameters)
            var found: [FanOut] = []
            while rows.next() { found.append(try rows.fanOut()) }
            return found
        }

        func runningFanOuts(limit: Int) throws(StoreError) -> [NotificationID] {
            var parameters = PGParameters()
            parameters.bind(limit)
            return try query(TopicQueries.running, parameters).ids()
        }
    }
#endif
