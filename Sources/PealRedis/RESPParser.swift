/// Takes the bytes of a server apart, wherever they are cut. A machine without I/O; it looks at each byte once, and holds no
/// more than one value that has not come whole.
public struct RESPParser {
    public struct Limits: Sendable {
        /// Bytes of one string.
        public var string = 16 * 1024 * 1024
        /// Elements of one array.
        public var elements = 1_048_576
        /// Arrays within arrays.
        public var depth = 16
        /// Bytes of one value with all that it holds.
        public var value = 64 * 1024 * 1024

        public init() {}
    }

    private struct Aggregate {
        enum Kind { case array, map, push, attribute }
        var kind: Kind
        var left: Int
        var items: [RESPValue] = []
    }

    private enum Expected {
        case line
        /// So many bytes and the end of the line.
        case string(Int, isError: Bool, isVerbatim: Bool)
    }

    private static let lineLimit = 65_536
    private let limits: Limits
    private var buffer: [UInt8] = []
    private var index = 0
    /// Up to where no end of a line has been found.
    private var scanned = 0
    private var expected = Expected.line
    private var open: [Aggregate] = []
    /// Bytes of the value that is coming.
    private var valueBytes = 0
    private var failure: RESPError?

    public init(limits: Limits = Limits()) { self.limits = limits }

    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if index == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 65_536)
            (index, scanned) = (0, 0)
        } else if index > 65_536 {
            buffer.removeSubrange(..<index)
            scanned = max(0, scanned - index)
            index = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next value that has come whole; nil until more has come.
    ///
    /// - Throws: for good: every later call throws the same.
    public mutating func next() throws(RESPError) -> RESPValue? {
        if let failure { throw failure }
        do throws(RESPError) {
            while let value = try scalar() {
                if let whole = try take(value) {
                    valueBytes = 0
                    return whole
                }
            }
            return nil
        } catch {
            failure = error
            throw error
        }
    }

    private enum Piece {
        case value(RESPValue)
        case opened(Aggregate)
    }

    private mutating func scalar() throws(RESPError) -> Piece? {
        while true {
            switch expected {
            case .string(let count, let isError, let isVerbatim):
                guard buffer.count - index >= count + 2 else { return nil }
                let bytes = buffer[index..<index + count]
                guard buffer[index + count] == 0x0D, buffer[index + count + 1] == 0x0A else {
                    throw RESPError("a string does not end where its length says")
                }
                index += count + 2
                expected = .line
                if isError { return .value(.error(String(decoding: bytes, as: UTF8.self))) }
                guard isVerbatim else { return .value(.string(Array(bytes))) }
                guard bytes.count >= 4, bytes[bytes.startIndex + 3] == 0x3A else {
                    throw RESPError("a verbatim string without a format")
                }
                return .value(.string(Array(bytes.dropFirst(4))))
            case .line:
                guard let line = try line() else { return nil }
                if let piece = try read(line) { return piece }
            }
        }
    }

    /// Without its end.
    private mutating func line() throws(RESPError) -> ArraySlice<UInt8>? {
        var position = max(index, scanned)
        while position < buffer.count, buffer[position] != 0x0A { position += 1 }
        scanned = position
        guard position - index <= Self.lineLimit else { throw RESPError("a line of more than \(Self.lineLimit) bytes") }
        guard position < buffer.count else { return nil }
        guard position > index + 1, buffer[position - 1] == 0x0D else {
            throw RESPError("a line without a type or an end")
        }
        defer {
            index = position + 1
            scanned = index
        }
        try count(position - index)
        return buffer[index..<position - 1]
    }

    /// - Returns: nil where a string follows.
    private mutating func read(_ line: ArraySlice<UInt8>) throws(RESPError) -> Piece? {
        guard let type = line.first else { throw RESPError("an empty line") }
        let rest = line.dropFirst()
        switch type {
        case UInt8(ascii: "+"): return .value(.string(Array(rest)))
        case UInt8(ascii: "-"): return .value(.error(String(decoding: rest, as: UTF8.self)))
        case UInt8(ascii: ":"): return .value(.integer(try Self.integer(rest)))
        case UInt8(ascii: "_") where rest.isEmpty: return .value(.null)
        case UInt8(ascii: "#"): return .value(.bool(try Self.truth(rest)))
        case UInt8(ascii: ","): return .value(.double(try Self.double(rest)))
        case UInt8(ascii: "("): return .value(.bigNumber(try Self.digits(rest)))
        case UInt8(ascii: "$"), UInt8(ascii: "!"), UInt8(ascii: "="):
            guard let length = try length(rest, limit: limits.string, isNullable: type == UInt8(ascii: "$")) else {
                return .value(.null)
            }
            try count(length)
            expected = .string(
                length, isError: type == UInt8(ascii: "!"), isVerbatim: type == UInt8(ascii: "="))
            return nil
        case UInt8(ascii: "*"), UInt8(ascii: "~"): return try aggregate(.array, rest, isNullable: true)
        case UInt8(ascii: ">"): return try aggregate(.push, rest)
        case UInt8(ascii: "%"): return try aggregate(.map, rest)
        case UInt8(ascii: "|"): return try aggregate(.attribute, rest)
        default: throw RESPError("an unknown type of value, byte \(type)")
        }
    }

    private mutating func aggregate(
        _ kind: Aggregate.Kind, _ text: ArraySlice<UInt8>, isNullable: Bool = false
    ) throws(RESPError) -> Piece {
        guard let length = try length(text, limit: limits.elements, isNullable: isNullable) else {
            return .value(.null)
        }
        guard kind != .push || open.isEmpty else { throw RESPError("a push within a value") }
        let count = kind == .map || kind == .attribute ? 2 * length : length
        return .opened(Aggregate(kind: kind, left: count))
    }

    /// Puts a piece where it belongs.
    ///
    /// - Returns: the value that is whole with it.
    private mutating func take(_ piece: Piece) throws(RESPError) -> RESPValue? {
        var value: RESPValue
        switch piece {
        case .value(let scalar): value = scalar
        case .opened(let aggregate):
            guard open.count < limits.depth else { throw RESPError("arrays within more than \(limits.depth) others") }
            open.append(aggregate)
            guard aggregate.left == 0 else { return nil }
            guard let closed = close() else { return nil }
            value = closed
        }
        while var aggregate = open.popLast() {
            aggregate.items.append(value)
            aggregate.left -= 1
            open.append(aggregate)
            guard aggregate.left == 0 else { return nil }
            guard let closed = close() else { return nil }
            value = closed
        }
        return value
    }

    /// - Returns: nil for an attribute, which says something about the value behind it that nobody asked for.
    private mutating func close() -> RESPValue? {
        guard let aggregate = open.popLast() else { return nil }
        switch aggregate.kind {
        case .array: return .array(aggregate.items)
        case .map: return .map(aggregate.items)
        case .push: return .push(aggregate.items)
        case .attribute: return nil
        }
    }

    private mutating func count(_ bytes: Int) throws(RESPError) {
        valueBytes += bytes
        guard valueBytes <= limits.value else { throw RESPError("a value of more than \(limits.value) bytes") }
    }

    private func length(
        _ text: ArraySlice<UInt8>, limit: Int, isNullable: Bool
    ) throws(RESPError) -> Int? {
        let length = try Self.integer(text)
        if length == -1, isNullable { return nil }
        guard length >= 0, length <= limit else { throw RESPError("a length of \(length)") }
        return Int(length)
    }

    private static func integer(_ text: ArraySlice<UInt8>) throws(RESPError) -> Int64 {
        guard let value = Int64(String(decoding: text, as: UTF8.self)) else { throw RESPError("not an integer") }
        return value
    }

    private static func digits(_ text: ArraySlice<UInt8>) throws(RESPError) -> String {
        let digits = text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw RESPError("not a big number")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func double(_ text: ArraySlice<UInt8>) throws(RESPError) -> Double {
        guard let value = Double(String(decoding: text, as: UTF8.self)) else { throw RESPError("not a double") }
        return value
    }

    private static func truth(_ text: ArraySlice<UInt8>) throws(RESPError) -> Bool {
        if text.elementsEqual("t".utf8) { return true }
        if text.elementsEqual("f".utf8) { return false }
        throw RESPError("not a truth value")
    }
}
