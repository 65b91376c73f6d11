internal import PealCore

extension WriteTransaction: PreferenceTransaction {
    func preferences(of user: UserID) throws(StoreError) -> Preferences? {
        try preferences.preferences(of: user)
    }

    func setPreferences(_ preferences: Preferences?, of user: UserID) throws(StoreError) {
        try self.preferences.set(preferences, of: user)
    }

    func mute(_ subject: Mute.Subject, of user: UserID) throws(StoreError) -> Mute? {
        try preferences.mute(subject, of: user)
    }

    func mutes(of user: UserID) throws(StoreError) -> [Mute] { try preferences.mutes(of: user) }

    func setMute(_ mute: Mute, of user: UserID) throws(StoreError) { try preferences.set(mute, of: user) }

    func removeMute(_ subject: Mute.Subject, of user: UserID) throws(StoreError) {
        try preferences.remove(subject, of: user)
    }
}

extension WriteTransaction: SecretTransaction {
    func secret(_ name: String) throws(StoreError) -> StoreSecret? { try preferences.secret(name) }

    func addSecret(_ secret: StoreSecret) throws(StoreError) { try preferences.add(secret) }
}
