/// What a session's frames look like: every dialect tells the same changes of the same inbox (docs/dialects.md).
public enum Dialect: String, Sendable, CaseIterable {
    /// Peal's own protocol.
    case peal
    /// A page of what is unread, then `new_notification`.
    case inbox
    /// Nothing at first; each change is followed by the count.
    case rooms
    /// Nothing at first; messages leave flat.
    case chat

    /// Whether a session without a cursor begins with a page of the inbox, and not with the next change.
    var beginsWithPage: Bool { self == .peal || self == .inbox }
}
