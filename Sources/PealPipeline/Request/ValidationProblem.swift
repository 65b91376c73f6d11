/// What is wrong with one field of a request.
public struct ValidationProblem: Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// Has to be there.
        case required
        /// Is of another JSON type.
        case wrongType = "wrong_type"
        case tooLong = "too_long"
        case tooMany = "too_many"
        /// Outside of the range, or not in the format that the message names.
        case invalid
        /// May not stand beside another field.
        case conflict
        /// The configuration does not let users change it.
        case mandatory
        /// Understood, but not built yet.
        case unsupported
        /// Not a field at all: most likely a slip of the pen.
        case unknownField = "unknown_field"
    }

    /// A path such as `user_ids[3]` or `group.window`; empty for the request as a whole.
    public var field: String
    public var code: Code
    /// A sentence without the field's name.
    public var message: String

    public init(_ field: String, _ code: Code, _ message: String) {
        self.field = field
        self.code = code
        self.message = message
    }

    public var description: String { field.isEmpty ? message : "\(field) \(message)" }
}

/// Everything that is wrong with one request, in the order of its fields.
public struct ValidationFailure: Error, Sendable, Equatable {
    /// So many are told at once, that an answer does not outgrow its request many times.
    public static let limit = 100

    public let problems: [ValidationProblem]

    /// Keeps the first ``limit``.
    public init(_ problems: [ValidationProblem]) {
        self.problems = Array(problems.prefix(Self.limit))
    }
}
