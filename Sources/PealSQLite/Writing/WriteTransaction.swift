internal import PealCore

/// The writer's tables as ``MutationRunner`` sees them, with what it needs again kept in memory.
///
/// Inboxes are written once a batch, however many of its mutations concern them. Whoever rolls back calls ``forget()``.
final class WriteTransaction {
    /// The time of this batch.
    var now = Timestamp(milliseconds: 0)

    let connection: SQLConnection
    let inboxes: InboxTable
    let notifications: NotificationTable
    let people: PeopleTable
    let idempotency: IdempotencyTable
    let retractions: RetractionTable
    let erasures: ErasureTable
    let preferences: PreferenceTable
    let schedules: ScheduleTable
    let topics: TopicTable
    let fanOuts: FanOutTable
    let deliveries: DeliveryTable
    private var remembersAnswers = false
    private var ids: NotificationIDGenerator

    init(_ connection: SQLConnection, cachedUsers: Int) throws(StoreError) {
        self.connection = connection
        inboxes = try InboxTable(connection, capacity: cachedUsers)
        notifications = try NotificationTable(connection)
        people = try PeopleTable(connection, capacity: cachedUsers)
        idempotency = try IdempotencyTable(connection)
        retractions = try RetractionTable(connection)
        erasures = try ErasureTable(connection)
        preferences = try PreferenceTable(connection, capacity: cachedUsers)
        schedules = try ScheduleTable(connection)
        topics = try TopicTable(connection)
        fanOuts = try FanOutTable(connection)
        deliveries = try DeliveryTable(connection)
        // The order of rows is the order of ids, also when the clock has been set back since.
        ids = try notifications.lastID().map(NotificationIDGenerator.init(after:)) ?? NotificationIDGenerator()
    }

    /// Writes what was kept back until the end of the batch.
    func flush() throws(StoreError) {
        try inboxes.flush()
        if remembersAnswers { try idempotency.purgeStep(at: now) }
        remembersAnswers = false
    }

    /// Makes room after a commit.
    func trim() {
        inboxes.trim()
        people.trim()
        preferences.trim()
    }

    /// Drops all that is kept in memory: the transaction was rolled back.
    func forget() {
        inboxes.forget()
        notifications.forget()
        people.forget()
        preferences.forget()
        remembersAnswers = false
    }
}

extension WriteTransaction: InboxTransaction {
    func newID() -> NotificationID {
        ids.next(at: now)
    }

    func inbox(of user: UserID) throws(StoreError) -> Inbox {
        try inboxes.entry(of: user).inbox
    }

    func setInbox(_ inbox: Inbox, of user: UserID) throws(StoreError) {
        try inboxes.set(inbox, of: user)
    }

    func row(_ id: NotificationID, of user: UserID) throws(StoreError) -> Notification? {
        guard let inbox = try inboxes.entry(of: user).id else { return nil }
        return try notifications.row(id, of: user, inbox: inbox)
    }

    func newestRow(ofGroup key: String, of user: UserID) throws(StoreError) -> Notification? {
        guard let inbox = try inboxes.entry(of: user).id else { return nil }
        return try notifications.newestRow(ofGroup: key, of: user, inbox: inbox)
    }

    func insert(_ row: Notification) throws(StoreError) {
        try notifications.insert(row, inbox: inboxes.identify(row.userID))
    }

    func update(_ row: Notification) throws(StoreError) {
        try notifications.update(row)
    }

    func addActor(_ actor: Actor, to row: Notification, at seq: Seq) throws(StoreError) -> Bool {
        try notifications.addActor(actor, to: row, at: seq)
    }

    func removeActor(_ id: String, from row: Notification) throws(StoreError) -> [Actor] {
        try notifications.removeActor(id, from: row)
    }

    func rows(of act: Act) throws(StoreError) -> [Notification] {
        guard let inbox = try inboxes.entry(of: act.user).id else { return [] }
        return try notifications.rows(of: act, inbox: inbox)
    }

    func retraction(of act: Act) throws(StoreError) -> Timestamp? {
        try retractions.time(of: act, at: now)
    }

    func rememberRetraction(of act: Act, at time: Timestamp) throws(StoreError) {
        try retractions.remember(act, time, at: now)
    }

    func receipts(of user: UserID, from low: Seq, through high: Seq) throws(StoreError) -> [Notification] {
        guard let inbox = try inboxes.entry(of: user).id else { return [] }
        return try notifications.receipts(of: user, inbox: inbox, from: low, through: high)
    }

    func purge(
        of user: UserID, before time: Timestamp, limit: Int
    ) throws(StoreError) -> (count: Int, seq: Seq) {
        guard let inbox = try inboxes.entry(of: user).id else { return (0, 0) }
        return try notifications.purge(inbox: inbox, before: time, limit: limit)
    }

    func count(of user: UserID, readMark: Seq, seenMark: Seq) throws(StoreError) -> UnreadCounts {
        guard let inbox = try inboxes.entry(of: user).id else { return UnreadCounts(unread: 0, unseen: 0) }
        return try notifications.count(inbox: inbox, readMark: readMark, seenMark: seenMark)
    }

    func profile(of user: UserID) throws(StoreError) -> UserProfile? {
        try people.profile(of: user)
    }

    func setProfile(_ profile: UserProfile) throws(StoreError) {
        try people.set(profile)
    }

    func remembered(_ key: IdempotencyKey) throws(StoreError) -> RememberedAnswer? {
        try idempotency.answer(to: key, at: now)
    }

    func remember(_ outcomes: [Outcome], for key: IdempotencyKey) throws(StoreError) {
        try idempotency.remember(outcomes, for: key, at: now)
        remembersAnswers = true
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
