internal import PealCore

/// Profiles of users, keys of producers and revoked tokens, as the writer reads and changes them.
final class PeopleTable {
    static let profileColumns = "name, email, locale, timezone"
    static let keyColumns =
        "id, digest, label, scopes, created_at, revoked_at, per_second, burst, per_day, last_used_at"

    private let connection: SQLConnection
    private let select: SQLStatement
    private let replace: SQLStatement
    private let insertKey: SQLStatement
    private let selectKeys: SQLStatement
    private let revoke: SQLStatement
    private let insertRevocation: SQLStatement
    private let purgeRevocations: SQLStatement
    /// Also remembers who has no profile.
    private var profiles: RecentCache<UserID, UserProfile?>

    init(_ connection: SQLConnection, capacity: Int) throws(StoreError) {
        self.connection = connection
        profiles = RecentCache(capacity: capacity)
        select = try connection.prepare("SELECT \(Self.profileColumns) FROM users WHERE id = ?")
        replace = try connection.prepare("INSERT OR REPLACE INTO users VALUES (?, ?, ?, ?, ?)")
        insertKey = try connection.prepare(
            "INSERT INTO api_keys (\(Self.keyColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                + "ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, label = excluded.label, "
                + "scopes = excluded.scopes, created_at = excluded.created_at, revoked_at = excluded.revoked_at, "
                + "per_second = excluded.per_second, burst = excluded.burst, per_day = excluded.per_day, "
                + "last_used_at = excluded.last_used_at")
        selectKeys = try connection.prepare("SELECT \(Self.keyColumns) FROM api_keys ORDER BY row")
        revoke = try connection.prepare("UPDATE api_keys SET revoked_at = ? WHERE id = ?")
        insertRevocation = try connection.prepare(
            "INSERT OR REPLACE INTO revocations (user, token, not_before, ends_at) VALUES (?, ?, ?, ?) RETURNING number"
        )
        purgeRevocations = try connection.prepare("DELETE FROM revocations WHERE ends_at < ?")
    }

    func profile(of user: UserID) throws(StoreError) -> UserProfile? {
        if let known = profiles[user] { return known }
        defer { select.reset() }
        select.bind(user.rawValue)
        let profile = try select.next() ? select.profile(of: user) : nil
        profiles[user] = .some(profile)
        return profile
    }

    func set(_ profile: UserProfile) throws(StoreError) {
        replace.bind(profile.user.rawValue)
        replace.bind(profile.name)
        replace.bind(profile.email)
        replace.bind(profile.locale)
        replace.bind(profile.timezone)
        try replace.run()
        profiles[profile.user] = .some(profile)
    }

    func add(_ key: APIKeyRecord) throws(StoreError) {
        insertKey.bind(key.id)
        insertKey.bind(key.digest)
        insertKey.bind(key.label)
        insertKey.bind(JSON.array(key.scopes.sorted().map(JSON.string)).text)
        insertKey.bind(key.createdAt)
        insertKey.bind(key.revokedAt)
        insertKey.bind(key.quota?.perSecond)
        insertKey.bind(key.quota?.burst)
        insertKey.bind(key.quota?.perDay)
        insertKey.bind(key.lastUsedAt)
        try insertKey.run()
    }

    func keys() throws(StoreError) -> [APIKeyRecord] {
        defer { selectKeys.reset() }
        var keys: [APIKeyRecord] = []
        while try selectKeys.next() { keys.append(selectKeys.key()) }
        return keys
    }

    /// The profile is not there any more.
    func dropProfile(of user: UserID) {
        profiles[user] = .some(nil)
    }

    func revokeKey(_ id: String, at now: Timestamp) throws(StoreError) -> Bool {
        revoke.bind(now)
        revoke.bind(id)
        try revoke.run()
        return connection.changes > 0
    }

    func revoke(_ user: UserID, _ extent: Revocation.Extent, at now: Timestamp) throws(StoreError) -> Revocation {
        purgeRevocations.bind(now + .seconds(-3600))
        try purgeRevocations.run()
        let statement = insertRevocation
        defer { statement.reset() }
        statement.bind(user.rawValue)
        switch extent {
        case .issuedBefore(let time):
            statement.bind("")
            statement.bind(time)
            statement.bindNull()
        case .token(let id, let endsAt):
            statement.bind(id)
            statement.bindNull()
            statement.bind(endsAt)
        }
        guard try statement.next() else { throw StoreError(.internalFault, "a revocation got no number") }
        let number = statement.integer()
        // The row is there once the statement has run to its end.
        _ = try statement.next()
        return Revocation(number: number, user: user, extent: extent)
    }

    func trim() {
        profiles.trim()
    }

    func forget() {
        profiles.removeAll()
    }
}

extension SQLStatement {
    /// The columns of ``PeopleTable/keyColumns``.
    func key() -> APIKeyRecord {
        let (id, digest, label) = (text(), bytes(), text())
        let scopes = (try? JSON.parse(text().utf8))?.array ?? []
        let createdAt = Timestamp(milliseconds: integer())
        let revokedAt = optionalInteger().map(Timestamp.init(milliseconds:))
        let quota = KeyQuota(
            perSecond: optionalInteger().map { Int($0) }, burst: optionalInteger().map { Int($0) },
            perDay: optionalInteger().map { Int($0) })
        return APIKeyRecord(
            id: id, digest: digest, label: label, scopes: Set(scopes.compactMap(\.string)), createdAt: createdAt,
            revokedAt: revokedAt, quota: quota.isEmpty ? nil : quota,
            lastUsedAt: optionalInteger().map(Timestamp.init(milliseconds:)))
    }

    fileprivate func bind(_ number: Int?) {
        if let number { bind(number) } else { bindNull() }
    }

    func profile(of user: UserID) -> UserProfile {
        UserProfile(
            user: user, name: optionalText(), email: optionalText(), locale: optionalText(), timezone: optionalText())
    }
}
