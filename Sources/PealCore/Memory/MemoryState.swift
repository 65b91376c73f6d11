/// The first answer to a request, in ``MemoryState``.
struct MemoryAnswer {
    let number: Int64
    var answer: RememberedAnswer
    let at: Timestamp
}

/// The tables of ``InMemoryStore``.
struct MemoryState {
    struct User {
        var inbox = Inbox()
        var rows: [NotificationID: Notification] = [:]
        /// The rows of a group, the newest last.
        var groups: [ExactText: [NotificationID]] = [:]
        /// The distinct actors of a row, the newest first.
        var actors: [NotificationID: [Actor]] = [:]
    }

    var now = Timestamp(milliseconds: 0)
    var users: [UserID: User] = [:]
    var profiles: [UserID: UserProfile] = [:]
    var keys: [APIKeyRecord] = []
    var revocations: [Revocation] = []
    private var retractions: [ExactText: (time: Timestamp, rememberedAt: Timestamp)] = [:]
    private var lastRevocation: Int64 = 0
    var answers: [IdempotencyName: MemoryAnswer] = [:]
    private var lastAnswer: Int64 = 0
    var erasures: [UserID: Erasure] = [:]
    /// Rows that have been taken out of their inbox and wait to be removed.
    var detached: [UserID: [NotificationID]] = [:]
    var preferences: [UserID: Preferences] = [:]
    var mutes: [UserID: [Mute.Subject: Mute]] = [:]
    var secrets: [String: StoreSecret] = [:]
    var schedules: [NotificationID: Schedule] = [:]
    var topics = MemoryTopics()
    var deliveries: [NotificationID: Delivery] = [:]
    private var ids = NotificationIDGenerator()

    /// The fingerprint is not part of a key's identity.
    struct IdempotencyName: Hashable {
        let source: ExactText
        let caller: ExactText
        let key: ExactText

        init(_ key: IdempotencyKey) {
            source = ExactText(key.source)
            caller = ExactText(key.caller)
            self.key = ExactText(key.key)
        }
    }

    func folded(_ user: UserID) -> [Notification] {
        guard let entry = users[user] else { return [] }
        return entry.rows.values.map(entry.inbox.folded)
    }
}

extension MemoryState: InboxTransaction {
    mutating func newID() -> NotificationID {
        ids.next(at: now)
    }

    mutating func inbox(of user: UserID) throws(StoreError) -> Inbox {
        users[user]?.inbox ?? Inbox()
    }

    mutating func setInbox(_ inbox: Inbox, of user: UserID) throws(StoreError) {
        users[user, default: User()].inbox = inbox
    }

    mutating func row(_ id: NotificationID, of user: UserID) throws(StoreError) -> Notification? {
        users[user]?.rows[id]
    }

    mutating func newestRow(ofGroup key: String, of user: UserID) throws(StoreError) -> Notification? {
        guard let entry = users[user], let id = entry.groups[ExactText(key)]?.last else { return nil }
        return entry.rows[id]
    }

    mutating func insert(_ row: Notification) throws(StoreError) {
        users[row.userID, default: User()].rows[row.id] = row
        if let key = row.groupKey { users[row.userID]?.groups[ExactText(key), default: []].append(row.id) }
    }

    mutating func update(_ row: Notification) throws(StoreError) {
        if row.groupKey == nil, let key = users[row.userID]?.rows[row.id]?.groupKey {
            users[row.userID]?.groups[ExactText(key)]?.removeAll { $0 == row.id }
        }
        users[row.userID]?.rows[row.id] = row
    }

    mutating func addActor(_ actor: Actor, to row: Notification, at seq: Seq) throws(StoreError) -> Bool {
        var actors = users[row.userID]?.actors[row.id] ?? row.actors
        let others = actors.filter { !$0.id.utf8.elementsEqual(actor.id.utf8) }
        let isNew = others.count == actors.count
        actors = [actor] + others
        users[row.userID, default: User()].actors[row.id] = actors
        return isNew
    }

    mutating func removeActor(_ id: String, from row: Notification) throws(StoreError) -> [Actor] {
        let actors = (users[row.userID]?.actors[row.id] ?? row.actors).filter { !$0.id.utf8.elementsEqual(id.utf8) }
        users[row.userID]?.actors[row.id] = actors
        return Array(actors.prefix(Notification.actorSampleLimit))
    }

    mutating func rows(of act: Act) throws(StoreError) -> [Notification] {
        guard let entry = users[act.user] else { return [] }
        return entry.rows.values.filter { row in
            act.concerns(row)
                && (entry.actors[row.id] ?? row.actors).contains { $0.id.utf8.elementsEqual(act.actorID.utf8) }
        }.sorted { $0.id < $1.id }
    }

    mutating func retraction(of act: Act) throws(StoreError) -> Timestamp? {
        guard let known = retractions[ExactText(act.name)], now - known.rememberedAt <= Retraction.memory
        else { return nil }
        return known.time
    }

    mutating func rememberRetraction(of act: Act, at time: Timestamp) throws(StoreError) {
        retractions = retractions.filter { now - $0.value.rememberedAt <= Retraction.memory }
        retractions[ExactText(act.name)] = (time, now)
    }

    mutating func receipts(of user: UserID, from low: Seq, through high: Seq) throws(StoreError) -> [Notification] {
        let rows = (users[user]?.rows.values).map(Array.init) ?? []
        return Array(
            rows.filter { row in
                row.standing == .active && row.wantsReceipt && !row.isRead && row.unreadSeq > low
                    && row.unreadSeq <= high
            }.sorted { $0.unreadSeq < $1.unreadSeq }.prefix(100))
    }

    mutating func purge(
        of user: UserID, before time: Timestamp, limit: Int
    ) throws(StoreError) -> (count: Int, seq: Seq) {
        guard let entry = users[user] else { return (0, 0) }
        let tombstones = entry.rows.values.filter { $0.standing == .deleted && $0.updatedAt < time }
            .sorted { $0.seq < $1.seq }.prefix(limit)
        for row in tombstones {
            users[user]?.rows[row.id] = nil
            users[user]?.actors[row.id] = nil
        }
        return (tombstones.count, tombstones.last?.seq ?? 0)
    }

    mutating func count(of user: UserID, readMark: Seq, seenMark: Seq) throws(StoreError) -> UnreadCounts {
        let unread =
            (users[user]?.rows.values.filter { row in
                row.standing == .active && !row.isRead && row.unreadSeq > readMark
            }) ?? []
        return UnreadCounts(unread: unread.count, unseen: unread.count { !$0.isSeen && $0.unseenSeq > seenMark })
    }

    mutating func profile(of user: UserID) throws(StoreError) -> UserProfile? {
        profiles[user]
    }

    mutating func setProfile(_ profile: UserProfile) throws(StoreError) {
        profiles[profile.user] = profile
    }

    mutating func remembered(_ key: IdempotencyKey) throws(StoreError) -> RememberedAnswer? {
        guard let entry = answers[IdempotencyName(key)], now - entry.at <= IdempotencyKey.lifetime else { return nil }
        return entry.answer
    }

    mutating func remember(_ outcomes: [Outcome], for key: IdempotencyKey) throws(StoreError) {
        let answer = RememberedAnswer(fingerprint: key.fingerprint, outcomes: outcomes)
        lastAnswer += 1
        answers[IdempotencyName(key)] = MemoryAnswer(number: lastAnswer, answer: answer, at: now)
    }

    mutating func addKey(_ key: APIKeyRecord) throws(StoreError) {
        guard let index = keys.firstIndex(where: { $0.id == key.id }) else { return keys.append(key) }
        keys[index] = key
    }

    mutating func revokeKey(_ id: String) throws(StoreError) -> Bool {
        guard let index = keys.firstIndex(where: { $0.id == id }) else { return false }
        keys[index].revokedAt = now
        return true
    }

    mutating func revoke(_ user: UserID, _ extent: Revocation.Extent) throws(StoreError) -> Revocation {
        lastRevocation += 1
        let revocation = Revocation(number: lastRevocation, user: user, extent: extent)
        let past = now + .seconds(-3600)
        revocations.removeAll {
            $0.extent.hasEnded(before: past) || $0.user == user && $0.extent.isSameSubject(as: extent)
        }
        revocations.append(revocation)
        return revocation
    }
}

// MARK: - Reading

extension MemoryState {
    func due(at time: Timestamp, limit: Int) -> DueRows {
        var due: [(at: Timestamp, row: Notification)] = []
        var next: Timestamp?
        for row in users.values.flatMap(\.rows.values) {
            let times = row.dueTimes
            if let at = times.min(), at <= time { due.append((at, row)) }
            if let later = times.filter({ $0 > time }).min() { next = min(next ?? later, later) }
        }
        due.sort { ($0.at, $0.row.id) < ($1.at, $1.row.id) }
        return DueRows(
            rows: due.prefix(limit).map { DueRows.Row(user: $0.row.userID, id: $0.row.id) },
            next: due.count > limit ? nil : next)
    }

    func retention(of user: UserID, _ policy: RetentionPolicy, at time: Timestamp, limit: Int) -> RetentionStep {
        let purgeBefore = time + .milliseconds(-policy.tombstoneAge.wholeMilliseconds)
        let rows = (users[user]?.rows.values).map(Array.init) ?? []
        let kept = rows.filter { $0.standing == .active || $0.standing == .archived }
            .sorted { ($0.lastEventAt, $0.id) < ($1.lastEventAt, $1.id) }
        let surplus = policy.maximumRows.map { max(0, kept.count - $0) } ?? 0
        let stale = kept.enumerated().filter { index, row in
            index < surplus || policy.maximumAge.map { time - row.lastEventAt > $0 } ?? false
        }
        return RetentionStep(
            stale: stale.prefix(limit).map { RetentionStep.Stale(id: $0.element.id, seq: $0.element.seq) },
            purgeBefore: purgeBefore,
            purgeable: min(limit, rows.count { $0.standing == .deleted && $0.updatedAt < purgeBefore }))
    }
}

extension Notification {
    /// When something must be written about the row by itself: it comes back, or it ends.
    fileprivate var dueTimes: [Timestamp] {
        standing == .deleted ? [] : [snoozedUntil, expiresAt].compactMap(\.self)
    }
}

extension Revocation.Extent {
    fileprivate func hasEnded(before time: Timestamp) -> Bool {
        if case .token(_, let end?) = self { end < time } else { false }
    }

    fileprivate func isSameSubject(as other: Self) -> Bool {
        switch (self, other) {
        case (.issuedBefore, .issuedBefore): true
        case (.token(let id, _), .token(let otherID, _)): id.utf8.elementsEqual(otherID.utf8)
        default: false
        }
    }
}
