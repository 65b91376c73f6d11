extension MutationRunner {
    /// Whether a user wants nothing of an event (DESIGN §5): its type does not come to their inbox, or they have muted its
    /// target or its actor. What is mandatory is always wanted.
    func isUnwanted(
        _ event: Event, by user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Bool {
        if policy.isMandatory(event.type) { return false }
        let preferences = try transaction.preferences(of: user)
        guard policy.effective(event.type, on: .inApp, for: preferences).setting.isOn else { return true }
        let now = transaction.now
        if let target = event.target,
            let mute = try transaction.mute(.target(TargetMute(type: target.type, id: target.id)), of: user),
            mute.holds(at: now)
        {
            return true
        }
        guard let actor = event.actor, let mute = try transaction.mute(.actor(actor.id), of: user) else { return false }
        return mute.holds(at: now)
    }

    /// - Returns: what the user has said, after the change.
    func run(
        _ command: PreferenceCommand, of user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Preferences {
        let before = try transaction.preferences(of: user)
        var preferences = before ?? Preferences()
        switch command {
        case .replace(let whole): preferences = whole
        case .merge(let change): preferences.apply(change)
        case .set(let channel, let setting, let type?): preferences[type, channel] = setting
        case .set(let channel, let setting, nil): preferences.setAll(channel, to: setting)
        case .mute(let subject, let until): try mute(subject, until: until, of: user, in: &transaction)
        case .unmute(let subject): try transaction.removeMute(subject, of: user)
        }
        guard preferences != before ?? Preferences() else { return preferences }
        guard preferences.types.count <= Preferences.typeLimit else {
            throw StoreError(.conflict, "preferences must not name more than \(Preferences.typeLimit) types")
        }
        try transaction.setPreferences(preferences.isEmpty ? nil : preferences, of: user)
        return preferences
    }

    private func mute(
        _ subject: Mute.Subject, until: Timestamp?, of user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) {
        let now = transaction.now
        let others = try transaction.mutes(of: user).filter { $0.subject != subject }
        guard others.count(where: { $0.holds(at: now) }) < Mute.limit else {
            throw StoreError(.conflict, "no more than \(Mute.limit) mutes can be kept for one user")
        }
        for mute in others where !mute.holds(at: now) { try transaction.removeMute(mute.subject, of: user) }
        try transaction.setMute(Mute(subject, until: until, createdAt: now), of: user)
    }
}
