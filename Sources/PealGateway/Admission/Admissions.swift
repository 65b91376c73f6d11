import CoreMetrics
import NIOCore
import Synchronization

/// Whether this node takes one more: connections of all kinds, handshakes in a second, sessions of one address.
final class Admissions: Sendable {
    enum Arrival {
        case welcome
        /// Beyond the limit: gets an answer that says so.
        case surplus
        /// So far beyond that an answer would take what the process needs itself.
        case tooMany
    }

    /// How many connections beyond the limit are still answered, out of the descriptors that are kept back.
    private static let surplusLimit = 128

    let connectionLimit: Int
    let addresses: ClientAddresses
    private let acceptRate: Int?
    private let perAddress: Int?
    private let connections = Atomic<Int>(0)
    private let handshakes: Mutex<HandshakeBucket>
    private let sessions = Mutex<AddressTable>(AddressTable())
    private let metrics: GatewayMetrics

    init(_ settings: GatewaySettings, metrics: GatewayMetrics) {
        self.metrics = metrics
        connectionLimit = settings.maxConnections ?? FileLimit.sessions
        addresses = ClientAddresses(proxies: settings.trustedProxies)
        acceptRate = settings.acceptRate
        perAddress = settings.maxPerAddress
        handshakes = Mutex(HandshakeBucket(rate: settings.acceptRate ?? 0, now: .now()))
    }

    // MARK: Connections

    var connectionCount: Int { connections.load(ordering: .relaxed) }

    /// One for each descriptor that a client holds, whatever it is for; to be paired with ``disconnected()``.
    func connected() -> Arrival {
        metrics.connectionsOpen.increment(by: 1)
        let count = connections.add(1, ordering: .relaxed).newValue
        guard count > connectionLimit else { return .welcome }
        metrics.refused(.connections)
        return count > connectionLimit + Self.surplusLimit ? .tooMany : .surplus
    }

    /// The same for a descriptor that takes the place of one that has been let in.
    func adopted() {
        metrics.connectionsOpen.increment(by: 1)
        connections.add(1, ordering: .relaxed)
    }

    func disconnected() {
        metrics.connectionsOpen.increment(by: -1)
        connections.subtract(1, ordering: .relaxed)
    }

    // MARK: Handshakes

    /// Whether one more WebSocket or event stream may begin now.
    func takeHandshake(at now: NIODeadline = .now()) -> Bool {
        guard let acceptRate else { return true }
        return handshakes.withLock { $0.take(rate: acceptRate, at: now) }
    }

    // MARK: Addresses

    /// Whether the client's address matters at all.
    var countsAddresses: Bool { perAddress != nil }

    func hasRoom(for address: NetworkAddress?) -> Bool {
        guard let perAddress, let address else { return true }
        return sessions.withLock { $0.count(of: address) < perAddress }
    }

    /// Counts a session in; to be paired with ``leave(_:)``.
    ///
    /// - Returns: false where its address has too many, and then it is not counted.
    func enter(_ session: UInt64, from address: NetworkAddress?) -> Bool {
        guard let perAddress, let address else { return true }
        return sessions.withLock { $0.enter(session, from: address, limit: perAddress) }
    }

    func leave(_ session: UInt64) {
        guard perAddress != nil else { return }
        sessions.withLock { $0.leave(session) }
    }
}

/// Lets as many through in a second as its rate says, after a pause at once.
private struct HandshakeBucket {
    private var tokens: Int64
    private var filled: NIODeadline

    private static let second: Int64 = 1_000_000_000

    init(rate: Int, now: NIODeadline) {
        tokens = Int64(rate) * Self.second
        filled = now
    }

    mutating func take(rate: Int, at now: NIODeadline) -> Bool {
        let passed = min((now - filled).nanoseconds, Self.second)
        if passed > 0 {
            filled = now
            tokens = min(Int64(rate) * Self.second, tokens + passed * Int64(rate))
        }
        guard tokens >= Self.second else { return false }
        tokens -= Self.second
        return true
    }
}

/// Sessions by the address of their client. Kept apart from them, so that they cost nothing where addresses are not limited.
private struct AddressTable {
    private var counts: [NetworkAddress: Int] = [:]
    private var sessions: [UInt64: NetworkAddress] = [:]

    func count(of address: NetworkAddress) -> Int { counts[address] ?? 0 }

    mutating func enter(_ session: UInt64, from address: NetworkAddress, limit: Int) -> Bool {
        let count = counts[address] ?? 0
        guard count < limit else { return false }
        counts[address] = count + 1
        sessions[session] = address
        return true
    }

    mutating func leave(_ session: UInt64) {
        guard let address = sessions.removeValue(forKey: session), let count = counts[address] else { return }
        counts[address] = count > 1 ? count - 1 : nil
    }
}
