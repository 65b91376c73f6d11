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
    let storeReads = Counter(label: "session_store_reads_total")
    private let connectionErrors = Counter(label: "connection_errors_total")
    private let errors: [ErrorKind: Counter]

    enum ErrorKind: String, CaseIterable {
        case auth, origin, `protocol`, timeout, overflow, io, expired, capacity, `internal`
    }

    private final class Atomic64: Sendable {
        let value = Atomic<Int>(0)
    }

    init() {
        active = ["websocket_connections_active", "sse_connections_active", "longpoll_waiting"].map { Meter(label: $0) }
        counts = SessionKind.allCases.map { _ in Atomic64() }
        errors = Dictionary(
            uniqueKeysWithValues: ErrorKind.allCases.map {
                ($0, Counter(label: "websocket_connection_errors_total", dimensions: [("type", $0.rawValue)]))
            })
        for meter in active { meter.set(0) }
        for counter in [notificationsSent, syncs, overflows, framesOut, framesIn, storeReads, connectionErrors] {
            counter.increment(by: 0)
        }
        for counter in errors.values { counter.increment(by: 0) }
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

    /// A session that the server closed for a reason that is nobody's wish.
    func closed(_ code: CloseCode) {
        switch code {
        case .normal, .goingAway: break
        case .protocolError, .invalidPayload, .violation, .messageTooBig: failed(.protocol)
        case .tokenExpired: failed(.expired)
        case .noPong: failed(.timeout)
        case .notReading: failed(.overflow)
        case .tooManyConnections: failed(.capacity)
        default: failed(.internal)
        }
    }
}
