/// A UUID of version 7 (RFC 9562 §5.7): its order is the order of creation, to the millisecond.
public struct NotificationID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The upper half: the time, the version, and what tells ids of one millisecond apart.
    public let high: UInt64
    /// The lower half: the variant, and more of what tells ids apart.
    public let low: UInt64

    /// An id that a store has kept.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads `0193f5c2-aaaa-7bbb-8ccc-dddddddddddd`, of any version and in any case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard bytes.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (position, byte) in bytes.enumerated() {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == 0x2D else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x61 + 10
            case 0x41...0x46: digit = byte - 0x41 + 10
            default: return nil
            }
            if position < 18 {
                high = high << 4 | UInt64(digit)
            } else {
                low = low << 4 | UInt64(digit)
            }
        }
        self.init(high: high, low: low)
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    public var description: String { String(decoding: ascii, as: UTF8.self) }

    /// The 36 lower-case bytes of ``description``.
    public var ascii: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        for half in [high, low] {
            for shift in stride(from: 60, through: 0, by: -4) {
                if bytes.count == 8 || bytes.count == 13 || bytes.count == 18 || bytes.count == 23 {
                    bytes.append(0x2D)
                }
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(shift)) & 0xF
                bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        }
        return bytes
    }
}

/// Makes ids that grow from one to the next, also within a millisecond and across a clock that steps back
/// (RFC 9562 §6.2, method 2).
public struct NotificationIDGenerator: Sendable {
    private var milliseconds: UInt64 = 0
    private var tail: UInt64 = 0

    /// One that has made no id yet.
    public init() {}

    /// Continues after an id that an earlier generator made.
    public init(after last: NotificationID) {
        pass(last)
    }

    /// Makes only greater ids from now on than one that somebody else has made.
    public mutating func pass(_ id: NotificationID) {
        let (time, rest) = (id.high >> 16, (id.high & 0xFFF) << 50 | (id.low >> 12) & ((1 << 50) - 1))
        guard (time, rest) > (milliseconds, tail) else { return }
        (milliseconds, tail) = (time, rest)
    }

    /// Greater than all that it made before, also where the clock went back.
    public mutating func next(at time: Timestamp) -> NotificationID {
        let now = UInt64(max(0, time.milliseconds))
        // One draw for all: each is a system call.
        let random = UInt64.random(in: .min ... .max)
        if now > milliseconds {
            milliseconds = now
            tail = Self.firstTail(random)
        } else {
            tail += 1 + (random >> 12) & 0xFF_FFFF
            if tail >= 1 << 62 {
                milliseconds += 1
                tail = Self.firstTail(random)
            }
        }
        let high = milliseconds << 16 | 0x7000 | (tail >> 50)
        return NotificationID(
            high: high, low: 0x8000_0000_0000_0000 | (tail & ((1 << 50) - 1)) << 12 | random & 0xFFF)
    }

    /// The top bit of the 62 stays free, so that counting up does not run over within a millisecond.
    private static func firstTail(_ random: UInt64) -> UInt64 { random >> 3 }
}
