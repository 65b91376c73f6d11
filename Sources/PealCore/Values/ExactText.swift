/// Text as its bytes, the way a database compares it: `String` takes canonically equivalent text for equal.
public struct ExactText: Sendable, Hashable {
    /// As it is spelt.
    public let text: String

    /// Text that is told apart by its bytes.
    public init(_ text: String) {
        self.text = text
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }
}
