internal import PealCore

extension WriteTransaction: KeyTransaction {
    func apiKeys() throws(StoreError) -> [APIKeyRecord] { try people.keys() }
}

extension WriteTransaction: ErasureTransaction {
    func erasure(of user: UserID) throws(StoreError) -> Erasure? { try erasures.erasure(of: user) }

    func setErasure(_ erasure: Erasure) throws(StoreError) { try erasures.set(erasure) }

    func endErasure(of user: UserID) throws(StoreError) { try erasures.end(of: user) }

    /// Rows hang on the number of their inbox: with another number the inbox has none, whatever their number was.
    func detachRows(of user: UserID, leaving inbox: Inbox) throws(StoreError) {
        guard let old = try inboxes.renumber(user, leaving: inbox) else { return }
        try erasures.detach(old, of: user)
    }

    func purgeDetached(of user: UserID, limit: Int) throws(StoreError) -> Int {
        try erasures.purgeDetached(of: user, limit: limit)
    }

    func removeRecords(of user: UserID, limit: Int) throws(StoreError) -> Int {
        people.dropProfile(of: user)
        preferences.drop(user)
        return try erasures.removeRecords(of: user, limit: limit)
    }

    func renameActor(_ id: String, to alias: String, of row: Notification) throws(StoreError) {
        try erasures.renameActor(id, to: alias, of: row.id)
    }

    func renameRecipient(
        _ user: UserID, to alias: UserID, inAnswer number: Int64
    ) throws(StoreError) -> Bool {
        try erasures.renameRecipient(user, to: alias, inAnswer: number)
    }
}
