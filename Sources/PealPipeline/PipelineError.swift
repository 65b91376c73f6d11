public import PealCore

/// Why a request was not accepted.
public struct PipelineError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The idempotency key was used with another request.
        case idempotencyConflict
        /// Not now; the request may be repeated as it is.
        case unavailable
        case internalFault
    }

    public var code: Code
    public var message: String
    /// What the store said, for the log.
    public var cause: StoreError?

    public init(_ code: Code, _ message: String, cause: StoreError? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    init(_ error: StoreError) {
        let code: Code =
            switch error.code {
            case .idempotencyConflict: .idempotencyConflict
            case .unavailable, .closed: .unavailable
            case .notFound, .conflict, .internalFault: .internalFault
            }
        self.init(code, error.message, cause: error)
    }

    public var description: String { cause?.description ?? message }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code && left.message == right.message }
}
