/// The name of a topic, chosen by the app: 1–128 bytes of UTF-8 without control characters, told apart by its bytes. What
/// begins with `$` is Peal's own.
public struct TopicName: Sendable, CustomStringConvertible {
    /// Bytes of UTF-8.
    public static let byteLimit = UserID.byteLimit

    /// Everyone who has a session at that moment. Nobody can be added to it.
    public static let online = TopicName(trusted: "$online")

    /// As the app spells it.
    public let rawValue: String

    /// Nil where the text is empty, longer than ``byteLimit``, holds a control character, or begins with `$` and is not
    /// ``online``.
    public init?(_ text: String) {
        guard UserID(text) != nil else { return nil }
        let name = TopicName(trusted: text)
        guard !name.isReserved || name == .online else { return nil }
        self = name
    }

    /// For text that came out of a store, where it was checked on the way in.
    public init(trusted text: String) { rawValue = text }

    /// Whether it is Peal's own.
    public var isReserved: Bool { rawValue.utf8.first == UInt8(ascii: "$") }

    public var description: String { rawValue }
}

extension TopicName: Hashable, Comparable {
    public static func == (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        var text = rawValue
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }
}
