/// The single-row reads and writes that a driver's transaction offers to ``MutationRunner``.
///
/// A driver implements these and nothing of the domain; what they must leave behind is checked by the conformance suite.
public protocol InboxTransaction: KeyTransaction, ErasureTransaction, PreferenceTransaction, SecretTransaction,
    ScheduleTransaction, TopicTransaction, FanOutTransaction, DeliveryTransaction
{
    /// The store's clock, the same for a whole batch.
    var now: Timestamp { get }

    mutating func newID() -> NotificationID

    mutating func inbox(of user: UserID) throws(StoreError) -> Inbox
    mutating func setInbox(_ inbox: Inbox, of user: UserID) throws(StoreError)

    /// The row as it is written, not folded.
    mutating func row(_ id: NotificationID, of user: UserID) throws(StoreError) -> Notification?
    /// The newest row that has that group key, read or not, not folded. No older row of a group takes events any more.
    mutating func newestRow(ofGroup key: String, of user: UserID) throws(StoreError) -> Notification?
    mutating func insert(_ row: Notification) throws(StoreError)
    mutating func update(_ row: Notification) throws(StoreError)

    /// Adds to the distinct actors of a row, or makes the newest of one that is there. The row is as it was before the event.
    ///
    /// - Returns: false where the actor was among them.
    mutating func addActor(_ actor: Actor, to row: Notification, at seq: Seq) throws(StoreError) -> Bool
    /// Removes one of the distinct actors of a row, which is as it was before.
    ///
    /// - Returns: the newest that are left, at most ``Notification/actorSampleLimit``.
    mutating func removeActor(_ id: String, from row: Notification) throws(StoreError) -> [Actor]
    /// The rows that tell of this act: not deleted, not folded, oldest first.
    mutating func rows(of act: Act) throws(StoreError) -> [Notification]

    /// When this act was last taken back, within ``Retraction/memory``.
    mutating func retraction(of act: Act) throws(StoreError) -> Timestamp?
    mutating func rememberRetraction(of act: Act, at time: Timestamp) throws(StoreError)

    /// Active rows that want a receipt and are read by a mark that moves from one place to another, at most 100, not folded.
    mutating func receipts(of user: UserID, from low: Seq, through high: Seq) throws(StoreError) -> [Notification]

    /// Removes tombstones, those that have not changed since a time, without a trace.
    ///
    /// - Returns: how many went, and the greatest seq among them.
    mutating func purge(
        of user: UserID, before time: Timestamp, limit: Int
    ) throws(StoreError) -> (count: Int, seq: Seq)

    /// Active rows above the marks: unread where `unreadSeq > readMark`, unseen where that holds and `unseenSeq > seenMark`.
    mutating func count(of user: UserID, readMark: Seq, seenMark: Seq) throws(StoreError) -> UnreadCounts

    mutating func profile(of user: UserID) throws(StoreError) -> UserProfile?
    mutating func setProfile(_ profile: UserProfile) throws(StoreError)

    /// Nil where the key is unknown or older than ``IdempotencyKey/lifetime``.
    mutating func remembered(_ key: IdempotencyKey) throws(StoreError) -> RememberedAnswer?
    mutating func remember(_ outcomes: [Outcome], for key: IdempotencyKey) throws(StoreError)

    /// Replaces a key of the same id.
    mutating func addKey(_ key: APIKeyRecord) throws(StoreError)
    /// False where there is no such key.
    mutating func revokeKey(_ id: String) throws(StoreError) -> Bool

    /// Takes the place of an earlier revocation of the same user or of the same token, under a greater number than all.
    mutating func revoke(_ user: UserID, _ extent: Revocation.Extent) throws(StoreError) -> Revocation
}

/// The first answer under an idempotency key.
public struct RememberedAnswer: Sendable, Equatable {
    /// Of the request that was answered.
    public var fingerprint: UInt64
    /// As they were told then.
    public var outcomes: [Outcome]

    /// What a driver has found under a key.
    public init(fingerprint: UInt64, outcomes: [Outcome]) {
        self.fingerprint = fingerprint
        self.outcomes = outcomes
    }
}
