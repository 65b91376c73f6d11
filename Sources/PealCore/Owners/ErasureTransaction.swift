/// What a driver's transaction offers for ``ErasureCommand``, besides the primitives of rows.
public protocol ErasureTransaction {
    mutating func erasure(of user: UserID) throws(StoreError) -> Erasure?
    mutating func setErasure(_ erasure: Erasure) throws(StoreError)
    mutating func endErasure(of user: UserID) throws(StoreError)

    /// Takes all rows out of a user's inbox at once, whatever their number: no read finds them any more, and
    /// ``purgeDetached(of:limit:)`` removes them later. The inbox goes on with these counters and no row.
    mutating func detachRows(of user: UserID, leaving inbox: Inbox) throws(StoreError)

    /// Removes detached rows of a user, with all that belongs to them.
    ///
    /// - Returns: how many; fewer than the limit where none is left.
    mutating func purgeDetached(of user: UserID, limit: Int) throws(StoreError) -> Int

    /// Removes what is kept by user besides the inbox: the profile, and the tables that a driver lists beside it.
    ///
    /// - Returns: how many records; fewer than the limit where none is left.
    mutating func removeRecords(of user: UserID, limit: Int) throws(StoreError) -> Int

    /// Renames one of the distinct actors of a row, where the row keeps them apart from itself.
    mutating func renameActor(_ id: String, to alias: String, of row: Notification) throws(StoreError)

    /// Renames a recipient in a remembered answer; false where it does not name them.
    mutating func renameRecipient(
        _ user: UserID, to alias: UserID, inAnswer number: Int64
    ) throws(StoreError) -> Bool
}
