/// Why a store could not do what it was asked.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// No such notification in this user's inbox.
        case notFound
        /// The idempotency key was used with another request.
        case idempotencyConflict
        /// What is asked does not go together with what is there.
        case conflict
        /// The store cannot write now (disk full, connection lost); the request may be repeated.
        case unavailable
        /// The store has been shut down.
        case closed
        /// A fault of the driver or its data.
        case internalFault
    }

    public var code: Code
    public var message: String
    public var file: String
    public var line: Int

    public init(_ code: Code, _ message: String, file: String = #fileID, line: Int = #line) {
        self.code = code
        self.message = message
        self.file = file
        self.line = line
    }

    public var description: String { "\(message) (\(code) at \(file):\(line))" }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code && left.message == right.message }
}
