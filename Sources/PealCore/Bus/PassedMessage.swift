/// JSON of another program that goes to a user's sessions without a place in the order of changes: it is shown now or never.
public struct PassedMessage: Sendable, Equatable {
    /// Whose sessions get it.
    public var user: UserID
    /// Nil where it says none.
    public var type: String?
    /// One JSON object on one line, in UTF-8.
    public var text: [UInt8]

    /// A message that has been checked.
    public init(user: UserID, type: String?, text: [UInt8]) {
        self.user = user
        self.type = type
        self.text = text
    }
}
