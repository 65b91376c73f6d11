internal import PealCore

/// What users want to hear of, as the writer reads and changes it, and secrets.
///
/// Every event asks here, so those who have said nothing cost a look into memory, and none at all where nobody has.
final class PreferenceTable {
    private struct Entry {
        var preferences: Preferences?
        /// Whether there is a row in the tables of mutes.
        var mutesTargets: Bool
        var mutesActors: Bool

        static let nothing = Entry(preferences: nil, mutesTargets: false, mutesActors: false)
    }

    private let select: SQLStatement
    private let replace: SQLStatement
    private let delete: SQLStatement
    private let selectTargetMute: SQLStatement
    private let selectActorMute: SQLStatement
    private let muteTarget: SQLStatement
    private let muteActor: SQLStatement
    private let unmuteTarget: SQLStatement
    private let unmuteActor: SQLStatement
    private let mutes: MuteQueries
    private let selectSecret: SQLStatement
    private let insertSecret: SQLStatement
    private var entries: RecentCache<UserID, Entry>
    /// Nobody has said anything: true only where the tables are empty.
    private var isEmpty: Bool

    /// Looks at three indexes by the user.
    static let entryQuery = """
        SELECT (SELECT document FROM preferences WHERE user = ?1), EXISTS (SELECT 1 FROM target_mutes WHERE user = ?1),
            EXISTS (SELECT 1 FROM actor_mutes WHERE user = ?1)
        """

    init(_ connection: SQLConnection, capacity: Int) throws(StoreError) {
        entries = RecentCache(capacity: capacity)
        isEmpty =
            try connection.integer(
                "SELECT EXISTS (SELECT 1 FROM preferences) OR EXISTS (SELECT 1 FROM target_mutes) "
                    + "OR EXISTS (SELECT 1 FROM actor_mutes)") == 0
        select = try connection.prepare(Self.entryQuery)
        replace = try connection.prepare("INSERT OR REPLACE INTO preferences (user, document) VALUES (?, ?)")
        delete = try connection.prepare("DELETE FROM preferences WHERE user = ?")
        selectTargetMute = try connection.prepare(
            "SELECT until, created_at FROM target_mutes WHERE user = ? AND target_type = ? AND target_id = ?")
        selectActorMute = try connection.prepare(
            "SELECT until, created_at FROM actor_mutes WHERE user = ? AND actor = ?")
        muteTarget = try connection.prepare(
            "INSERT OR REPLACE INTO target_mutes (user, target_type, target_id, until, created_at) "
                + "VALUES (?, ?, ?, ?, ?)")
        muteActor = try connection.prepare(
            "INSERT OR REPLACE INTO actor_mutes (user, actor, until, created_at) VALUES (?, ?, ?, ?)")
        unmuteTarget = try connection.prepare(
            "DELETE FROM target_mutes WHERE user = ? AND target_type = ? AND target_id = ?")
        unmuteActor = try connection.prepare("DELETE FROM actor_mutes WHERE user = ? AND actor = ?")
        mutes = try MuteQueries(connection)
        selectSecret = try connection.prepare("SELECT bytes FROM secrets WHERE name = ?")
        insertSecret = try connection.prepare("INSERT INTO secrets (name, bytes) VALUES (?, ?)")
    }

    func preferences(of user: UserID) throws(StoreError) -> Preferences? {
        try entry(of: user).preferences
    }

    func set(_ preferences: Preferences?, of user: UserID) throws(StoreError) {
        isEmpty = false
        drop(user)
        guard let preferences else {
            delete.bind(user.rawValue)
            return try delete.run()
        }
        replace.bind(user.rawValue)
        replace.bind(preferences.document)
        try replace.run()
    }

    /// What is kept in memory about the user may not be true any more.
    func drop(_ user: UserID) {
        entries[user] = nil
    }

    func trim() {
        entries.trim()
    }

    func forget() {
        entries.removeAll()
    }

    private func entry(of user: UserID) throws(StoreError) -> Entry {
        if isEmpty { return .nothing }
        if let known = entries[user] { return known }
        defer { select.reset() }
        select.bind(user.rawValue)
        guard try select.next() else { throw StoreError(.internalFault, "no row where there is always one") }
        let entry = Entry(
            preferences: select.optionalText().map(Preferences.init(document:)), mutesTargets: select.flag(),
            mutesActors: select.flag())
        entries[user] = entry
        return entry
    }
}

// MARK: - Mutes

extension PreferenceTable {
    func mute(_ subject: Mute.Subject, of user: UserID) throws(StoreError) -> Mute? {
        let entry = try entry(of: user)
        let statement: SQLStatement
        switch subject {
        case .target:
            guard entry.mutesTargets else { return nil }
            statement = selectTargetMute
        case .actor:
            guard entry.mutesActors else { return nil }
            statement = selectActorMute
        }
        defer { statement.reset() }
        statement.bind(user, subject)
        guard try statement.next() else { return nil }
        return statement.mute(subject)
    }

    func mutes(of user: UserID) throws(StoreError) -> [Mute] {
        try mutes.all(of: user)
    }

    func set(_ mute: Mute, of user: UserID) throws(StoreError) {
        isEmpty = false
        drop(user)
        let statement =
            switch mute.subject {
            case .target: muteTarget
            case .actor: muteActor
            }
        statement.bind(user, mute.subject)
        statement.bind(mute.until)
        statement.bind(mute.createdAt)
        try statement.run()
    }

    func remove(_ subject: Mute.Subject, of user: UserID) throws(StoreError) {
        drop(user)
        let statement =
            switch subject {
            case .target: unmuteTarget
            case .actor: unmuteActor
            }
        statement.bind(user, subject)
        try statement.run()
    }
}

/// All mutes of one user, in the order of their keys.
final class MuteQueries {
    private let targets: SQLStatement
    private let actors: SQLStatement

    init(_ connection: SQLConnection) throws(StoreError) {
        targets = try connection.prepare(
            "SELECT target_type, target_id, until, created_at FROM target_mutes WHERE user = ?")
        actors = try connection.prepare("SELECT actor, until, created_at FROM actor_mutes WHERE user = ?")
    }

    func all(of user: UserID) throws(StoreError) -> [Mute] {
        defer {
            targets.reset()
            actors.reset()
        }
        var mutes: [Mute] = []
        targets.bind(user.rawValue)
        while try targets.next() {
            let (type, id) = (targets.text(), targets.text())
            mutes.append(targets.mute(.target(TargetMute(type: type, id: id.isEmpty ? nil : id))))
        }
        actors.bind(user.rawValue)
        while try actors.next() { mutes.append(actors.mute(.actor(actors.text()))) }
        return mutes
    }
}

extension SQLStatement {
    fileprivate func bind(_ user: UserID, _ subject: Mute.Subject) {
        bind(user.rawValue)
        switch subject {
        case .target(let target):
            bind(target.type)
            bind(target.id ?? "")
        case .actor(let id): bind(id)
        }
    }

    /// The columns `until, created_at`.
    fileprivate func mute(_ subject: Mute.Subject) -> Mute {
        let until = optionalInteger().map(Timestamp.init(milliseconds:))
        return Mute(subject, until: until, createdAt: Timestamp(milliseconds: integer()))
    }
}

// MARK: - Secrets

extension PreferenceTable {
    func secret(_ name: String) throws(StoreError) -> StoreSecret? {
        defer { selectSecret.reset() }
        selectSecret.bind(name)
        return try selectSecret.next() ? StoreSecret(name: name, bytes: selectSecret.bytes()) : nil
    }

    func add(_ secret: StoreSecret) throws(StoreError) {
        insertSecret.bind(secret.name)
        insertSecret.bind(secret.bytes)
        try insertSecret.run()
    }
}
