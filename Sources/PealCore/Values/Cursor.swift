/// A user's counter of inbox changes: 0 before the first, then +1 for each, without gaps.
public typealias Seq = Int64

/// The random identity of one lifetime of a store. It changes when a store is restored or rebuilt, so that a cursor
/// from before is recognised instead of being misread (RULES 5).
public struct StoreEpoch: Sendable, Hashable {
    /// The upper half of 128 bits.
    public let high: UInt64
    /// The lower half.
    public let low: UInt64

    /// An epoch that a store has kept.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new epoch, from the system's random numbers.
    public static func random() -> Self {
        Self(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }

    /// What one user sees of the epoch. Keyed by user, so that a cursor or `ETag` of one never fits another.
    public func tag(for user: UserID) -> EpochTag {
        var text = user.rawValue
        return EpochTag(value: text.withUTF8 { sipHash(UnsafeRawBufferPointer($0), keyLow: low, keyHigh: high) })
    }
}

/// The first part of a cursor: 64 bits, written as 16 hexadecimal digits.
public struct EpochTag: Sendable, Hashable, CustomStringConvertible {
    /// 64 bits of the keyed hash.
    public let value: UInt64

    /// A tag that was read from a cursor.
    public init(value: UInt64) { self.value = value }

    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// A place in one user's stream of changes, on the wire `"<epoch>.<seq>"`; opaque to clients.
public struct Cursor: Sendable, Hashable, CustomStringConvertible {
    /// Of the store and the user that the cursor belongs to.
    public let epoch: EpochTag
    /// The last change that its holder has.
    public let seq: Seq

    /// The cursor of somebody who has everything up to this seq.
    public init(epoch: EpochTag, seq: Seq) {
        self.epoch = epoch
        self.seq = seq
    }

    /// Nil for anything but 16 hexadecimal digits, a dot and a decimal number.
    public init?(_ text: some StringProtocol) {
        // Swift's parsers take a sign too, which no cursor has.
        guard let dot = text.utf8.firstIndex(of: 0x2E), text.utf8.distance(from: text.startIndex, to: dot) == 16,
            text.utf8.count <= 36, !text.utf8.contains(where: { $0 == 0x2B || $0 == 0x2D }),
            let epoch = UInt64(text[..<dot], radix: 16), let seq = Seq(text[text.utf8.index(after: dot)...])
        else { return nil }
        self.init(epoch: EpochTag(value: epoch), seq: seq)
    }

    public var description: String { "\(epoch).\(seq)" }
}

/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash whose outputs cannot be guessed without the key.
func sipHash(_ bytes: UnsafeRawBufferPointer, keyLow: UInt64, keyHigh: UInt64) -> UInt64 {
    var v0 = keyLow ^ 0x736f_6d65_7073_6575
    var v1 = keyHigh ^ 0x646f_7261_6e64_6f6d
    var v2 = keyLow ^ 0x6c79_6765_6e65_7261
    var v3 = keyHigh ^ 0x7465_6462_7974_6573
    func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
    func round() {
        v0 &+= v1
        v1 = rotate(v1, 13) ^ v0
        v0 = rotate(v0, 32)
        v2 &+= v3
        v3 = rotate(v3, 16) ^ v2
        v0 &+= v3
        v3 = rotate(v3, 21) ^ v0
        v2 &+= v1
        v1 = rotate(v1, 17) ^ v2
        v2 = rotate(v2, 32)
    }
    func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }
    let whole = bytes.count / 8 * 8
    for offset in stride(from: 0, to: whole, by: 8) {
        absorb(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
    var last = UInt64(truncatingIfNeeded: bytes.count) << 56
    for offset in whole..<bytes.count {
        last |= UInt64(bytes[offset]) << UInt64((offset - whole) * 8)
    }
    absorb(last)
    v2 ^= 0xFF
    for _ in 0..<4 { round() }
    return v0 ^ v1 ^ v2 ^ v3
}
