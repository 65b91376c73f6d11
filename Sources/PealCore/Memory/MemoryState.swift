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
        var actors: [NotificationID: Set<ExactText>] = [:]
    }

    var now = Timestamp(milliseconds: 0)
    var users: [UserID: User] = [:]
    var profiles: [UserID: UserProfile] = [:]
    var keys: [APIKeyRecord] = []
    var revocations: [Revocation] = []
    private var lastRevocation: Int64 = 0
    var answers: [IdempotencyName: MemoryAnswer] = [:]
    private var lastAnswer: Int64 = 0
    var erasures: [UserID: Erasure] = [:]
    /// Rows that have been taken out of their inbox and wait to be removed.
    var detached: [UserID: [NotificationID]] = [:]
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

    mutating func addActor(_ id: String, to row: Notification) throws(StoreError) -> Bool {
        users[row.userID, default: User()].actors[row.id, default: Set(row.actors.map { ExactText($0.id) })]
            .insert(ExactText(id)).inserted
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
