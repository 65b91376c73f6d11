#if PostgreSQL
    internal import PealCore
    internal import PealSQL

    /// Profiles of users, keys of producers and revoked tokens, as the writer reads and changes them.
    final class PeopleTable {
        static let profileColumns = "name, email, locale, timezone"
        static let keyColumns =
            "id, digest, label, scopes, created_at, revoked_at, per_second, burst, per_day, last_used_at"

        private static let write = PGStatement(
            "INSERT INTO users (user_id, \(profileColumns)) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id) DO UPDATE SET "
                + "name = excluded.name, email = excluded.email, locale = excluded.locale, timezone = excluded.timezone"
        )
        private static let addKey = PGStatement(
            """
            INSERT INTO api_keys (\(keyColumns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, label = excluded.label, scopes = excluded.scopes,
                created_at = excluded.created_at, revoked_at = excluded.revoked_at, per_second = excluded.per_second,
                burst = excluded.burst, per_day = excluded.per_day, last_used_at = excluded.last_used_at
            """)
        // Keys are few, and a command about one may depend on the others: whoever reads them here has them to themselves.
        private static let keys = PGStatement("SELECT \(keyColumns) FROM api_keys ORDER BY number FOR UPDATE")
        private static let revokeKey = PGStatement("UPDATE api_keys SET revoked_at = $1 WHERE id = $2")
        private static let purgeRevocations = PGStatement("DELETE FROM revocations WHERE ends_at < $1")
        private static let number = PGStatement("UPDATE revocation_numbers SET last = last + 1 RETURNING last")
        private static let revoke = PGStatement(
            """
            INSERT INTO revocations (number, user_id, token, not_before, ends_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (user_id, token) DO UPDATE SET number = excluded.number, not_before = excluded.not_before,
                ends_at = excluded.ends_at
            """)

        private let session: WriteSession

        init(_ session: WriteSession) {
            self.session = session
        }

        func set(_ profile: UserProfile) throws(StoreError) {
            var parameters = PGParameters()
            parameters.bind(profile.user)
            parameters.bind(profile.name)
            parameters.bind(profile.email)
            parameters.bind(profile.locale)
            parameters.bind(profile.timezone)
            try session.send(Self.write, parameters)
        }

        func add(_ key: APIKeyRecord) throws(StoreError) {
            var parameters = PGParameters()
            parameters.bind(key.id)
            parameters.bind(key.digest)
            parameters.bind(key.label)
            parameters.bind(JSON.array(key.scopes.sorted().map(JSON.string)).text)
            parameters.bind(key.createdAt)
            parameters.bind(key.revokedAt)
            parameters.bind(key.quota?.perSecond)
            parameters.bind(key.quota?.burst)
            parameters.bind(key.quota?.perDay)
            parameters.bind(key.lastUsedAt)
            try session.send(Self.addKey, parameters)
        }

        func keys() throws(StoreError) -> [APIKeyRecord] {
            let rows = try session.query(Self.keys, .none)
            var keys: [APIKeyRecord] = []
            while rows.next() { keys.append(rows.key()) }
            return keys
        }

        func revokeKey(_ id: String, at now: Timestamp) throws(StoreError) -> Bool {
            var parameters = PGParameters()
            parameters.bind(now)
            parameters.bind(id)
            return try session.query(Self.revokeKey, parameters).changes > 0
        }

        /// The row that counts is locked until the commit, so that numbers become visible in their order.
        func revoke(_ user: UserID, _ extent: Revocation.Extent, at now: Timestamp) throws(StoreError) -> Revocation {
            var ended = PGParameters()
            ended.bind(now + .seconds(-3600))
            try session.send(Self.purgeRevocations, ended)
            let rows = try session.query(Self.number, .none)
            guard rows.next() else { throw StoreError(.internalFault, "a revocation got no number") }
            let number = rows.integer()
            var parameters = PGParameters()
            parameters.bind(number)
            parameters.bind(user)
            switch extent {
            case .issuedBefore(let time):
                parameters.bind("")
                parameters.bind(time)
                parameters.bindNull()
            case .token(let id, let endsAt):
                parameters.bind(id)
                parameters.bindNull()
                parameters.bind(endsAt)
            }
            try session.send(Self.revoke, parameters)
            return Revocation(number: number, user: user, extent: extent)
        }
    }

    extension PGRows {
        /// The columns of ``PeopleTable/keyColumns``.
        func key() -> APIKeyRecord {
            let (id, digest, label) = (text(), bytes(), text())
            let scopes = (try? JSON.parse(text().utf8))?.array ?? []
            let (createdAt, revokedAt) = (time(), optionalTime())
            let quota = KeyQuota(
                perSecond: optionalInteger().map { Int($0) }, burst: optionalInteger().map { Int($0) },
                perDay: optionalInteger().map { Int($0) })
            return APIKeyRecord(
                id: id, digest: digest, label: label, scopes: Set(scopes.compactMap(\.string)), createdAt: createdAt,
                revokedAt: revokedAt, quota: quota.isEmpty ? nil : quota, lastUsedAt: optionalTime())
        }

        /// The columns of ``PeopleTable/profileColumns``.
        func profile(of user: UserID) -> UserProfile {
            UserProfile(
                user: user, name: optionalText(), email: optionalText(), locale: optionalText(),
                timezone: optionalText())
        }
    }
#endif
