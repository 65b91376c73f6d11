#if PostgreSQL
    internal import PealCore

    /// One transaction as ``MutationRunner`` sees it.
    ///
    /// What its mutations will read is asked for in one round trip before the first of them runs, and what they change is written
    /// in another with the commit, whatever their number (a unit of work). What was not foreseen costs a round trip of its own.
    final class WriteTransaction {
        /// The time of this batch.
        private(set) var now = Timestamp(milliseconds: 0)

        let session = WriteSession()
        let inboxes: InboxTable
        let notifications: NotificationTable
        let people: PeopleTable
        let answers: AnswerTable
        let preferences: PreferenceTable
        let erasures: ErasureTable
        let schedules: ScheduleTable
        let topics: TopicTable
        let fanOuts: FanOutTable
        let deliveries: DeliveryTable
        private var ids = NotificationIDGenerator()
        /// Of the transaction in the database.
        private(set) var number: Int64 = 0

        private static let begin = PGStatement("BEGIN")
        private static let commit = PGStatement("COMMIT")
        private static let asynchronously = PGStatement("SET LOCAL synchronous_commit TO off")
        private static let ownNumber = PGStatement("SELECT pg_current_xact_id()::text::int8")

        init(_ options: PostgresStoreOptions) {
            inboxes = InboxTable(session, knownLimit: options.knownUsers)
            notifications = NotificationTable(session)
            people = PeopleTable(session)
            answers = AnswerTable(session)
            preferences = PreferenceTable(session)
            erasures = ErasureTable(session)
            schedules = ScheduleTable(session)
            topics = TopicTable(session)
            fanOuts = FanOutTable(session)
            deliveries = DeliveryTable(session)
            session.flush = { [notifications] () throws(StoreError) in try notifications.flush() }
        }

        /// Begins, and asks for all that a batch will read.
        ///
        /// - Parameter waiting: whether to wait for inboxes that somebody else has locked; they are left out otherwise.
        func begin(
            _ footprint: Footprint, on connection: PGConnection, at now: Timestamp, waiting: Bool
        ) throws(StoreError) {
            forget()
            self.now = now
            session.begin(on: connection)
            let users = footprint.users.sorted()
            let new = inboxes.unknown(of: users)
            if !new.isEmpty {
                // In a transaction of its own, so that nobody waits for these rows until our commit. It needs no sync: ours has one.
                try session.send(Self.begin, .none)
                try session.send(Self.asynchronously, .none)
                try inboxes.create(new) { [session] statement, parameters throws(StoreError) in
                    try session.send(statement, parameters)
                }
                try session.send(Self.commit, .none)
            }
            try session.send(Self.begin, .none)
            try session.ask(Self.ownNumber, .none)
            if !users.isEmpty { try inboxes.askLocks(of: users, waiting: waiting) }
            if !footprint.events.isEmpty { try notifications.askGroups(footprint.events) }
            if !footprint.keys.isEmpty { try answers.ask(footprint.keys) }
            if !footprint.facts.isEmpty { try preferences.askFacts(of: footprint.facts.sorted()) }
            try take(footprint, hasUsers: !users.isEmpty)
        }

        private func take(_ footprint: Footprint, hasUsers: Bool) throws(StoreError) {
            var rows = try session.answers()[...]
            guard let own = rows.popFirst(), own.next() else {
                throw StoreError(.internalFault, "a transaction has no number")
            }
            number = own.integer()
            if hasUsers, let locks = rows.popFirst(), let times = rows.popFirst() {
                inboxes.takeLocks(locks, times: times)
            }
            if !footprint.events.isEmpty, let groups = rows.popFirst() {
                notifications.takeGroups(groups)
            }
            if !footprint.keys.isEmpty, let known = rows.popFirst() { try answers.take(known, at: now) }
            if !footprint.facts.isEmpty, let facts = rows.popFirst() { preferences.takeFacts(facts) }
        }

        /// Writes all that has changed, and commits.
        ///
        /// - Parameter isCommitting: called once the commit is about to leave: from then on it may have happened.
        func commit(isCommitting: () -> Void) throws(StoreError) {
            try notifications.flush()
            try inboxes.flush()
            try answers.flush(at: now)
            isCommitting()
            try session.send(Self.commit, .none)
            _ = try session.answers()
        }

        /// Drops all that is kept in memory.
        func forget() {
            session.forget()
            inboxes.forget()
            notifications.forget()
            answers.forget()
            preferences.forget()
        }

        /// Locks and looks up users whom nobody foresaw, all at once.
        func prepare(_ users: [UserID]) throws(StoreError) {
            try inboxes.lock(users)
            try preferences.askFacts(of: users)
            if let facts = try session.answers().first { preferences.takeFacts(facts) }
        }
    }

    extension WriteTransaction: InboxTransaction {
        func newID() -> NotificationID {
            if let newest = inboxes.newest { ids.pass(newest) }
            return ids.next(at: now)
        }

        func inbox(of user: UserID) throws(StoreError) -> Inbox {
            try inboxes.entry(of: user).inbox
        }

        func setInbox(_ inbox: Inbox, of user: UserID) throws(StoreError) {
            try inboxes.set(inbox, of: user)
        }

        func row(_ id: NotificationID, of user: UserID) throws(StoreError) -> Notification? {
            try notifications.row(id, of: user, inbox: inboxes.entry(of: user).number)
        }

        func newestRow(ofGroup key: String, of user: UserID) throws(StoreError) -> Notification? {
            try notifications.newestRow(ofGroup: key, of: user, inbox: inboxes.entry(of: user).number)
        }

        func insert(_ row: Notification) throws(StoreError) {
            let entry = try inboxes.entry(of: row.userID)
            inboxes.note(row.id, in: entry)
            notifications.insert(row, inbox: entry.number)
        }

        func update(_ row: Notification) throws(StoreError) {
            try notifications.update(row)
        }

        func addActor(_ actor: Actor, to row: Notification, at seq: Seq) throws(StoreError) -> Bool {
            try notifications.actors.add(actor, to: row, inbox: notifications.inbox(of: row.id), at: seq)
        }

        func removeActor(_ id: String, from row: Notification) throws(StoreError) -> [Actor] {
            try notifications.actors.remove(id, from: row, inbox: notifications.inbox(of: row.id))
        }

        func rows(of act: Act) throws(StoreError) -> [Notification] {
            try notifications.rows(of: act, inbox: inboxes.entry(of: act.user).number)
        }

        func retraction(of act: Act) throws(StoreError) -> Timestamp? {
            try answers.retraction(of: act, at: now)
        }

        func rememberRetraction(of act: Act, at time: Timestamp) throws(StoreError) {
            try answers.remember(act, time, at: now)
        }

        func receipts(of user: UserID, from low: Seq, through high: Seq) throws(StoreError) -> [Notification] {
            try notifications.receipts(of: user, inbox: inboxes.entry(of: user).number, from: low, through: high)
        }

        func purge(
            of user: UserID, before time: Timestamp, limit: Int
        ) throws(StoreError) -> (count: Int, seq: Seq) {
            try notifications.purge(inbox: inboxes.entry(of: user).number, before: time, limit: limit)
        }

        func count(of user: UserID, readMark: Seq, seenMark: Seq) throws(StoreError) -> UnreadCounts {
            try notifications.count(inbox: inboxes.entry(of: user).number, readMark: readMark, seenMark: seenMark)
        }

        func profile(of user: UserID) throws(StoreError) -> UserProfile? {
            try preferences.profile(of: user)
        }

        func setProfile(_ profile: UserProfile) throws(StoreError) {
            preferences.drop(profile.user)
            try people.set(profile)
        }

        func remembered(_ key: IdempotencyKey) throws(StoreError) -> RememberedAnswer? {
            try answers.answer(to: key, at: now)
        }

        func remember(_ outcomes: [Outcome], for key: IdempotencyKey) throws(StoreError) {
            answers.remember(outcomes, for: key)
        }

        func addKey(_ key: APIKeyRecord) throws(StoreError) {
            try people.add(key)
        }

        func revokeKey(_ id: String) throws(StoreError) -> Bool {
            try people.revokeKey(id, at: now)
        }

        func revoke(_ user: UserID, _ extent: Revocation.Extent) throws(StoreError) -> Revocation {
            try people.revoke(user, extent, at: now)
        }
    }
#endif
