/// A value of the Redis protocol, versions 2 and 3 (https://redis.io/docs/latest/develop/reference/protocol-spec/).
public indirect enum RESPValue: Sendable, Equatable {
    /// A simple or a bulk string, also a verbatim one without its format.
    case string([UInt8])
    /// The first word tells what kind of error it is.
    case error(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    /// Of any length, as it was spelt.
    case bigNumber(String)
    case null
    /// An array or a set.
    case array([RESPValue])
    /// Keys and values in turn.
    case map([RESPValue])
    /// What the server says unasked.
    case push([RESPValue])

    /// A string as text; nil for other kinds of value.
    public var text: String? {
        if case .string(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
}

/// The peer does not speak the protocol, or says more at once than is taken. The connection is of no use any more.
public struct RESPError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A command as a client sends it: an array of bulk strings.
public struct RESPCommand: Sendable {
    let bytes: [UInt8]
    /// How many values of the server answer it: a subscription has one for each name.
    let confirmations: Int

    private static let subscriptions: Set<String> = ["SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE"]

    public init(_ words: String...) { self.init(words.map { Array($0.utf8) }) }

    public init(_ words: [[UInt8]]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.reduce(16) { $0 + $1.count + 16 })
        bytes.append(contentsOf: "*\(words.count)\r\n".utf8)
        for word in words {
            bytes.append(contentsOf: "$\(word.count)\r\n".utf8)
            bytes.append(contentsOf: word)
            bytes.append(contentsOf: "\r\n".utf8)
        }
        self.bytes = bytes
        let verb = String(decoding: words.first ?? [], as: UTF8.self)
        confirmations = Self.subscriptions.contains(verb) ? max(1, words.count - 1) : 1
    }
}
