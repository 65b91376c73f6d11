import NIOCore

/// An IP address, IPv4 as IPv6 writes it (RFC 4291 §2.5.5.2).
struct NetworkAddress: Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    private static let mappedPrefix: UInt64 = 0xFFFF << 32

    var isIPv4: Bool { high == 0 && low & ~0xFFFF_FFFF == Self.mappedPrefix }

    /// What belongs to one client as far as can be told: an IPv4 address, an IPv6 /64 (RULES 41).
    var client: NetworkAddress { isIPv4 ? self : NetworkAddress(high: high, low: 0) }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Nil for a Unix domain socket.
    init?(_ address: SocketAddress) {
        let isIPv4: Bool
        switch address {
        case .v4: isIPv4 = true
        case .v6: isIPv4 = false
        case .unixDomainSocket: return nil
        }
        self = address.withSockAddr { pointer, size in
            // sin_addr and sin6_addr stand at the same places everywhere.
            let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
            guard !isIPv4 else {
                let number = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
                return Self(high: 0, low: Self.mappedPrefix | UInt64(number))
            }
            return Self(
                high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)))
        }
    }

    /// As text; the port that some proxies add is passed over.
    init?(_ text: some StringProtocol) {
        var text = text.filter { $0 != " " && $0 != "\t" }[...]
        if text.first == "[" {
            text = text.dropFirst().prefix { $0 != "]" }
        } else if text.filter({ $0 == ":" }).count == 1 {
            text = text.prefix { $0 != ":" }
        }
        guard let address = try? SocketAddress(ipAddress: String(text), port: 0) else { return nil }
        self.init(address)
    }
}

/// A block of addresses: `10.0.0.0/8`, `fd00::/8`, or one address alone.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let first: NetworkAddress
    private let prefix: Int

    /// Nil for what is no block of addresses.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ NetworkAddress($0) }) else { return nil }
        description = text
        first = address
        let width = address.isIPv4 ? 32 : 128
        guard parts.count > 1 else {
            prefix = 128
            return
        }
        guard let length = Int(parts[1]), (0...width).contains(length) else { return nil }
        prefix = length + 128 - width
    }

    func contains(_ address: NetworkAddress) -> Bool {
        Self.agree(first.high, address.high, bits: min(prefix, 64))
            && Self.agree(first.low, address.low, bits: max(0, prefix - 64))
    }

    private static func agree(_ left: UInt64, _ right: UInt64, bits: Int) -> Bool {
        bits == 0 || (left ^ right) >> UInt64(64 - bits) == 0
    }
}

/// Where clients are: the other end of the connection, or what a proxy that is trusted says about it.
struct ClientAddresses: Sendable {
    let proxies: [AddressRange]

    /// Nil where it cannot be told: over a Unix socket, where no proxy says it. Who may open that file is trusted.
    func client(of head: RequestHead, peer: SocketAddress?) -> NetworkAddress? {
        guard let peer else { return nil }
        var address = NetworkAddress(peer)
        if let address, !isProxy(address) { return address.client }
        // Each proxy adds at the end whom it spoke with; what stands before the first stranger anybody may have written.
        for text in head.list("x-forwarded-for").reversed() {
            guard let next = NetworkAddress(text) else { break }
            address = next
            guard isProxy(next) else { break }
        }
        return address?.client
    }

    private func isProxy(_ address: NetworkAddress) -> Bool { proxies.contains { $0.contains(address) } }
}
