/// The name of a user, chosen by the app: 1–128 bytes of UTF-8 without control characters.
///
/// Two ids are the same user only if their bytes are the same: no case folding, no Unicode normalisation.
public struct UserID: Sendable, CustomStringConvertible {
    /// Bytes of UTF-8.
    public static let byteLimit = 128

    /// As the app spells it; told apart by its bytes.
    public let rawValue: String

    /// Nil where the text is empty, longer than ``byteLimit`` or holds a control character.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard (1...Self.byteLimit).contains(bytes.count), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return nil
        }
        self.rawValue = text
    }

    /// For text that came out of a store, where it was checked on the way in.
    public init(trusted text: String) {
        self.rawValue = text
    }

    public var description: String { rawValue }
}

// String compares canonically equivalent text as equal; a store compares bytes. Ids follow the store.
extension UserID: Hashable, Comparable {
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
