import Metrics
import PealCore
import Synchronization

/// The gateway's metric handles, made once.
final class GatewayMetrics: Sendable {
    private let active: [Meter]
    private let counts: [Atomic64]
    let notificationsSent = Counter(label: "notifications_sent_total")
    let commitToSocket = Metrics.Timer(label: "commit_to_socket_seconds")
    let syncs = Counter(label: "session_syncs_total")
    let overflows = Counter(label: "session_overflows_total")
    let framesOut = Counter(label: "session_frames_sent_total")
    let framesIn = Counter(label: "session_frames_received_total")
    private let connectionErrors = Counter(label: "connection_errors_total")
    let connectionsOpen = Meter(label: "connections_open")
    private let errors: [ErrorKind: Counter]
    private let storeReads: [ReadKind: Counter]
    private let refusals: [Limit: Counter]
    private let throttles: [Throttle: Counter]
    private let timeouts: [Timeout: Counter]
    private let closings: [ClosingReason: Counter]
    private let returns: [ReturnSource: Counter]
    private let returnsBehind: Counter

    enum ErrorKind: String, CaseIterable {
        case auth, origin, `protocol`, timeout, overflow, io, expired, revoked, capacity, rate, `internal`
    }

    /// Queries of the store, whatever number of sessions they serve.
    enum ReadKind: String, CaseIterable {
        /// The inboxes of clients that come back, up to 1,000 in a query.
        case returns
        /// The heads of users that are online, up to 1,000 in a query.
        case heads
        case page, changes, list, counts
    }

    /// Why one more was not let in.
    enum Limit: String, CaseIterable {
        case draining, connections, sessions, address, rate
    }

    /// Where it was seen that a client that came back has everything.
    enum ReturnSource: String, CaseIterable {
        case memory, query
    }

    /// What a client says too much of.
    enum Throttle: String, CaseIterable {
        case messages, bytes
    }

    /// What a connection without a session did not do in time.
    enum Timeout: String, CaseIterable {
        case head, body, idle, write, patience
    }

    /// Why the server closed a session.
    enum ClosingReason: String, CaseIterable {
        case drained, faulted, messageTooBig = "message_too_big", noPong = "no_pong", notReading = "not_reading"
        case protocolError = "protocol_error", rateLimited = "rate_limited", tokenExpired = "token_expired"
        case tooManyConnections = "too_many_connections", revoked, violation, other
    }

    private final class Atomic64: Sendable {
        let value = Atomic<Int>(0)
    }

    /// Says what carries plain-text sessions.
    func carries(_ transport: GatewaySettings.Transport) {
        Gauge(label: "session_transport", dimensions: [("name", transport.rawValue)]).record(1)
    }

    init() {
        active = ["websocket_connections_active", "sse_connections_active", "longpoll_waiting"].map { Meter(label: $0) }
        counts = SessionKind.allCases.map { _ in Atomic64() }
        errors = Dictionary(
            uniqueKeysWithValues: ErrorKind.allCases.map {
                ($0, Counter(label: "websocket_connection_errors_total", dimensions: [("type", $0.rawValue)]))
            })
        storeReads = Self.counters("session_store_reads_total", "kind")
        refusals = Self.counters("gateway_refusals_total", "reason")
        throttles = Self.counters("session_throttles_total", "reason")
        timeouts = Self.counters("connection_timeouts_total", "reason")
        closings = Self.counters("session_closings_total", "reason")
        returns = Self.counters("session_returns_total", "answered_from")
        returnsBehind = Counter(label: "session_returns_total", dimensions: [("answered_from", "rows")])
        returnsBehind.increment(by: 0)
        for meter in active + [connectionsOpen] { meter.set(0) }
        for counter in [notificationsSent, syncs, overflows, framesOut, framesIn, connectionErrors] {
            counter.increment(by: 0)
        }
        for counter in errors.values { counter.increment(by: 0) }
    }

    private static func counters<Kind: RawRepresentable & CaseIterable & Hashable>(
        _ name: String, _ label: String
    ) -> [Kind: Counter] where Kind.RawValue == String {
        let counters = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map {
                ($0, Counter(label: name, dimensions: [(label, $0.rawValue)]))
            })
        for counter in counters.values { counter.increment(by: 0) }
        return counters
    }

    func refused(_ limit: Limit) { refusals[limit]?.increment() }

    func timedOut(_ timeout: Timeout) { timeouts[timeout]?.increment() }

    func returned(current: Int, behind: Int, from source: ReturnSource) {
        if current > 0 { returns[source]?.increment(by: current) }
        if behind > 0 { returnsBehind.increment(by: behind) }
    }

    func read(_ kind: ReadKind, count: Int = 1) { storeReads[kind]?.increment(by: count) }

    /// What a session's machine has noted.
    func count(_ events: Session.Flags) {
        if events.contains(.overflowed) { overflows.increment() }
        if events.contains(.synced) { syncs.increment() }
        if events.contains(.exceededMessages) { throttles[.messages]?.increment() }
        if events.contains(.exceededBytes) { throttles[.bytes]?.increment() }
    }

    /// - Returns: how many of that kind there are now.
    @discardableResult
    func changed(_ kind: SessionKind, by change: Int) -> Int {
        // A meter, because two loops that set a gauge could leave it at the older number.
        active[kind.rawValue].increment(by: Double(change))
        return counts[kind.rawValue].value.add(change, ordering: .relaxed).newValue
    }

    func count(of kind: SessionKind) -> Int { counts[kind.rawValue].value.load(ordering: .relaxed) }

    func failed(_ kind: ErrorKind) {
        errors[kind]?.increment()
        connectionErrors.increment()
    }

    /// A session has ended. A close that the server did not begin counts nowhere, one in a drain is no fault.
    func closed(_ code: CloseCode) {
        if let reason = ClosingReason(code) { closings[reason]?.increment() }
        switch code {
        case .normal, .goingAway: break
        case .rateLimited: failed(.rate)
        case .protocolError, .invalidPayload, .violation, .messageTooBig: failed(.protocol)
        case .tokenExpired: failed(.expired)
        case .revoked: failed(.revoked)
        case .noPong: failed(.timeout)
        case .notReading: failed(.overflow)
        case .tooManyConnections: failed(.capacity)
        default: failed(.internal)
        }
    }
}

extension GatewayMetrics.ClosingReason {
    /// Nil for the answer to a client's own close.
    fileprivate init?(_ code: CloseCode) {
        switch code {
        case .normal: return nil
        case .goingAway: self = .drained
        case .internalError: self = .faulted
        case .messageTooBig: self = .messageTooBig
        case .noPong: self = .noPong
        case .notReading: self = .notReading
        case .protocolError, .invalidPayload: self = .protocolError
        case .rateLimited: self = .rateLimited
        case .tokenExpired: self = .tokenExpired
        case .tooManyConnections: self = .tooManyConnections
        case .revoked: self = .revoked
        case .violation: self = .violation
        default: self = .other
        }
    }
}
