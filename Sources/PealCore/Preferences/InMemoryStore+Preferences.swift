extension InMemoryStore {
    public func preferences(of user: UserID) throws(StoreError) -> Preferences? {
        try checkOpen()
        return state.preferences[user]
    }

    public func mutes(of user: UserID) throws(StoreError) -> [Mute] {
        try checkOpen()
        return try state.mutes(of: user).sorted { $0.precedes($1) }
    }
}
