extension MemoryState: PreferenceTransaction {
    mutating func preferences(of user: UserID) throws(StoreError) -> Preferences? { preferences[user] }

    mutating func setPreferences(_ preferences: Preferences?, of user: UserID) throws(StoreError) {
        self.preferences[user] = preferences
    }

    mutating func mute(_ subject: Mute.Subject, of user: UserID) throws(StoreError) -> Mute? {
        mutes[user]?[subject]
    }

    mutating func mutes(of user: UserID) throws(StoreError) -> [Mute] {
        (mutes[user]?.values).map(Array.init) ?? []
    }

    mutating func setMute(_ mute: Mute, of user: UserID) throws(StoreError) {
        mutes[user, default: [:]][mute.subject] = mute
    }

    mutating func removeMute(_ subject: Mute.Subject, of user: UserID) throws(StoreError) {
        mutes[user]?[subject] = nil
        if mutes[user]?.isEmpty == true { mutes[user] = nil }
    }

    /// What a user has said, and that others have muted them.
    ///
    /// - Returns: how many records went, at most the limit.
    mutating func removePreferences(of user: UserID, limit: Int) -> Int {
        var left = limit
        if left > 0, preferences.removeValue(forKey: user) != nil { left -= 1 }
        let own = (mutes[user]?.keys).map { $0.map { (user, $0) } } ?? []
        let others = mutes.keys.filter { mutes[$0]?[.actor(user.rawValue)] != nil }
            .map { ($0, Mute.Subject.actor(user.rawValue)) }
        for (owner, subject) in (own + others).prefix(left) {
            guard mutes[owner]?.removeValue(forKey: subject) != nil else { continue }
            if mutes[owner]?.isEmpty == true { mutes[owner] = nil }
            left -= 1
        }
        return limit - left
    }
}
