/// Why a store could not do what it was asked.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a caller can act on.
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

    /// What kind of failure it is.
    public var code: Code
    /// For logs, and where it names a caller's mistake for answers.
    public var message: String
    /// Where in Peal it was noticed.
    public var file: String
    /// The line in ``file``.
    public var line: Int

    /// A failure, with the place that notices it.
    public init(_ code: Code, _ message: String, file: String = #fileID, line: Int = #line) {
        self.code = code
        self.message = message
        self.file = file
        self.line = line
    }

    public var description: String { "\(message) (\(code) at \(file):\(line))" }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code && left.message == right.message }
}
