/// A parsed JSON text (RFC 8259). Numbers keep their spelling, so that what passes through is not changed.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A name of an object with its value.
    public struct Member: Sendable, Equatable {
        /// As it was spelt, escapes resolved.
        public let name: String
        /// What stands behind the name.
        public let value: JSON

        /// A member of an object that is built here.
        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// The member of that name; nil for other kinds of value and where there is none.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text; nil for other kinds of value.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The truth value; nil for other kinds of value.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// A number without fraction or exponent that fits.
    public var integer: Int64? {
        if case .number(let text) = self { Int64(text) } else { nil }
    }

    /// The elements; nil for other kinds of value.
    public var array: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members in their order; nil for other kinds of value.
    public var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// Whether this is `null`, which is not the same as absent.
    public var isNull: Bool { self == .null }

    /// A string, or an integer spelt as one: ids on input may be either.
    public var identifier: String? {
        switch self {
        case .string(let text): text
        case .number(let text): Int64(text) == nil ? nil : text
        default: nil
        }
    }

    /// Compact text.
    public var text: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
