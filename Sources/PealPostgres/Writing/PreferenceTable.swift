#if PostgreSQL
    internal import PealCore

    /// What is known of the users of one batch: their profiles, what they want to hear of, and whether they are being erased.
    final class PreferenceTable {
        private struct Facts {
            var profile: UserProfile?
            var preferences: Preferences?
            /// Whether there is a row in the tables of mutes.
            var mutesTargets: Bool
            var mutesActors: Bool
            var isBeingErased: Bool
        }

        private static let facts = PGStatement(
            """
            SELECT w.user_id, u.user_id IS NOT NULL, u.name, u.email, u.locale, u.timezone, p.document,
                EXISTS (SELECT FROM target_mutes AS m WHERE m.user_id = w.user_id),
                EXISTS (SELECT FROM actor_mutes AS m WHERE m.user_id = w.user_id),
                EXISTS (SELECT FROM erasures AS e WHERE e.user_id = w.user_id)
            FROM unnest($1::text[]) AS w (user_id)
            LEFT JOIN users AS u ON u.user_id = w.user_id LEFT JOIN preferences AS p ON p.user_id = w.user_id
            """)
        private static let write = PGStatement(
            "INSERT INTO preferences (user_id, document) VALUES ($1, $2) "
                + "ON CONFLICT (user_id) DO UPDATE SET document = excluded.document")
        private static let delete = PGStatement("DELETE FROM preferences WHERE user_id = $1")
        private static let targetMute = PGStatement(
            "SELECT until, created_at FROM target_mutes WHERE user_id = $1 AND target_type = $2 AND target_id = $3")
        private static let actorMute = PGStatement(
            "SELECT until, created_at FROM actor_mutes WHERE user_id = $1 AND actor = $2")
        private static let muteTarget = PGStatement(
            "INSERT INTO target_mutes (user_id, target_type, target_id, until, created_at) VALUES ($1, $2, $3, $4, $5) "
                + "ON CONFLICT (user_id, target_type, target_id) DO UPDATE SET until = $4, created_at = $5")
        private static let muteActor = PGStatement(
            "INSERT INTO actor_mutes (user_id, actor, until, created_at) VALUES ($1, $2, $3, $4) "
                + "ON CONFLICT (user_id, actor) DO UPDATE SET until = $3, created_at = $4")
        private static let unmuteTarget = PGStatement(
            "DELETE FROM target_mutes WHERE user_id = $1 AND target_type = $2 AND target_id = $3")
        private static let unmuteActor = PGStatement("DELETE FROM actor_mutes WHERE user_id = $1 AND actor = $2")
        static let targetMutes = PGStatement(
            "SELECT target_type, target_id, until, created_at FROM target_mutes WHERE user_id = $1")
        static let actorMutes = PGStatement("SELECT actor, until, created_at FROM actor_mutes WHERE user_id = $1")
        private static let secret = PGStatement("SELECT bytes FROM secrets WHERE name = $1")
        private static let addSecret = PGStatement("INSERT INTO secrets (name, bytes) VALUES ($1, $2)")

        private let session: WriteSession
        private var known: [UserID: Facts] = [:]

        init(_ session: WriteSession) {
            self.session = session
        }

        func forget() {
            known.removeAll(keepingCapacity: true)
        }

        /// What is known about the user may not be true any more.
        func drop(_ user: UserID) {
            known[user] = nil
        }

        func askFacts(of users: [UserID]) throws(StoreError) {
            try session.ask(Self.facts, Self.parameters(for: users))
        }

        /// Takes the answer to ``askFacts(of:)``.
        func takeFacts(_ rows: PGRows) {
            while rows.next() {
                let user = rows.user()
                let hasProfile = rows.flag()
                let profile = rows.profile(of: user)
                known[user] = Facts(
                    profile: hasProfile ? profile : nil,
                    preferences: rows.optionalText().map(Preferences.init(document:)), mutesTargets: rows.flag(),
                    mutesActors: rows.flag(), isBeingErased: rows.flag())
            }
        }

        private static func parameters(for users: [UserID]) -> PGParameters {
            var parameters = PGParameters()
            parameters.bind(PGArray(users))
            return parameters
        }

        private func facts(of user: UserID) throws(StoreError) -> Facts {
            if let facts = known[user] { return facts }
            takeFacts(try session.query(Self.facts, Self.parameters(for: [user])))
            guard let facts = known[user] else { throw StoreError(.internalFault, "no row where there is always one") }
            return facts
        }

        func profile(of user: UserID) throws(StoreError) -> UserProfile? { try facts(of: user).profile }

        func isBeingErased(_ user: UserID) throws(StoreError) -> Bool { try facts(of: user).isBeingErased }

        func preferences(of user: UserID) throws(StoreError) -> Preferences? { try facts(of: user).preferences }

        func set(_ preferences: Preferences?, of user: UserID) throws(StoreError) {
            drop(user)
            var parameters = PGParameters()
            parameters.bind(user)
            guard let preferences else { return try session.send(Self.delete, parameters) }
            parameters.bind(preferences.document)
            try session.send(Self.write, parameters)
        }
    }

    // MARK: - Mutes

    extension PreferenceTable {
        func mute(_ subject: Mute.Subject, of user: UserID) throws(StoreError) -> Mute? {
            let facts = try facts(of: user)
            let statement: PGStatement
            switch subject {
            case .target:
                guard facts.mutesTargets else { return nil }
                statement = Self.targetMute
            case .actor:
                guard facts.mutesActors else { return nil }
                statement = Self.actorMute
            }
            let rows = try session.query(statement, PGParameters(user, subject))
            return rows.next() ? rows.mute(subject) : nil
        }

        func mutes(of user: UserID) throws(StoreError) -> [Mute] {
            var parameters = PGParameters()
            parameters.bind(user)
            return try session.query(Self.targetMutes, parameters).targetMutes()
                + session.query(Self.actorMutes, parameters).actorMutes()
        }

        func set(_ mute: Mute, of user: UserID) throws(StoreError) {
            drop(user)
            var parameters = PGParameters(user, mute.subject)
            parameters.bind(mute.until)
            parameters.bind(mute.createdAt)
            switch mute.subject {
            case .target: try session.send(Self.muteTarget, parameters)
            case .actor: try session.send(Self.muteActor, parameters)
            }
        }

        func remove(_ subject: Mute.Subject, of user: UserID) throws(StoreError) {
            drop(user)
            switch subject {
            case .target: try session.send(Self.unmuteTarget, PGParameters(user, subject))
            case .actor: try session.send(Self.unmuteActor, PGParameters(user, subject))
            }
        }
    }

    extension PGParameters {
        /// A mute without an id of its target has an empty one.
        fileprivate init(_ user: UserID, _ subject: Mute.Subject) {
            bind(user)
            switch subject {
            case .target(let target):
                bind(target.type)
                bind(target.id ?? "")
            case .actor(let id): bind(id)
            }
        }
    }

    extension PGRows {
        /// The columns `until, created_at`.
        fileprivate func mute(_ subject: Mute.Subject) -> Mute {
            let until = optionalTime()
            return Mute(subject, until: until, createdAt: time())
        }

        /// The rows of ``PreferenceTable/targetMutes``.
        func targetMutes() -> [Mute] {
            var mutes: [Mute] = []
            while next() {
                let (type, id) = (text(), text())
                mutes.append(mute(.target(TargetMute(type: type, id: id.isEmpty ? nil : id))))
            }
            return mutes
        }

        /// The rows of ``PreferenceTable/actorMutes``.
        func actorMutes() -> [Mute] {
            var mutes: [Mute] = []
            while next() { mutes.append(mute(.actor(text()))) }
            return mutes
        }
    }

    // MARK: - Secrets

    extension PreferenceTable {
        func secret(_ name: String) throws(StoreError) -> StoreSecret? {
            var parameters = PGParameters()
            parameters.bind(name)
            let rows = try session.query(Self.secret, parameters)
            return rows.next() ? StoreSecret(name: name, bytes: rows.bytes()) : nil
        }

        func add(_ secret: StoreSecret) throws(StoreError) {
            var parameters = PGParameters()
            parameters.bind(secret.name)
            parameters.bind(secret.bytes)
            try session.send(Self.addSecret, parameters)
        }
    }
#endif
