/// What a store answers besides the inbox itself: counts of its parts, and what is left of somebody who is being erased.
public protocol OwnerReads: Sendable {
    /// Counts of one user's active rows by type, with the inbox of the same snapshot.
    ///
    /// - Parameter type: only this type; nil for all.
    func counts(of user: UserID, type: String?) async throws(StoreError) -> InboxCounts

    /// Erasures that have begun and not ended, in the order of their users' bytes.
    func erasures() async throws(StoreError) -> [Erasure]

    /// Looks through a stretch of the store, from where the erasure has come to, for what others' inboxes and remembered
    /// answers still say of the user.
    ///
    /// - Parameter limit: rows, and answers, at most.
    func traces(of erasure: Erasure, limit: Int) async throws(StoreError) -> ErasureTraces
}

/// How an inbox is made up.
public struct InboxCounts: Sendable, Equatable {
    /// The counters that clients see.
    public var inbox: Inbox
    /// In the order of the types' bytes; types without an active row are left out.
    public var types: [TypeCounts]

    /// The counters, and what they are made of.
    public init(inbox: Inbox, types: [TypeCounts]) {
        self.inbox = inbox
        self.types = types
    }

    /// All types together.
    public var sum: TypeCounts {
        types.reduce(into: TypeCounts(type: "")) { sum, counts in
            sum.total += counts.total
            sum.unread += counts.unread
            sum.unseen += counts.unseen
        }
    }
}

/// The active rows of one type: those that are neither archived nor deleted.
public struct TypeCounts: Sendable, Equatable {
    /// The type of the events.
    public var type: String
    /// Active rows.
    public var total: Int
    /// Those that are unread.
    public var unread: Int
    /// Those that are unseen.
    public var unseen: Int

    /// The counts of a type; of a type without rows where nothing else is said.
    public init(type: String, total: Int = 0, unread: Int = 0, unseen: Int = 0) {
        self.type = type
        self.total = total
        self.unread = unread
        self.unseen = unseen
    }
}
