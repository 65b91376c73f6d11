import HTTPTypes
import Hummingbird
import Metrics
import Synchronization

/// Counts and times the requests of one route; the handles are made once and kept.
final class RouteMetrics: Sendable {
    private let method: String
    private let route: String
    private let timer: Timer
    private let counters = Mutex<[Int: Counter]>([:])

    init(method: String, route: String) {
        self.method = method
        self.route = route
        timer = Timer(
            label: "http_request_duration_seconds", dimensions: [("method", method), ("route", route)])
    }

    func measure(_ operation: () async throws -> Response) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await operation()
        timer.recordNanoseconds((ContinuousClock.now - start).wholeNanoseconds)
        count(response.status)
        return response
    }

    func count(_ status: HTTPResponse.Status) {
        let counter = counters.withLock { counters in
            if let counter = counters[status.code] { return counter }
            let counter = Counter(
                label: "http_requests_total",
                dimensions: [("method", method), ("route", route), ("status", String(status.code))])
            counters[status.code] = counter
            return counter
        }
        counter.increment()
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
