import Hummingbird
import PealCore

/// Whether requests should be sent here.
public enum Readiness: Sendable, Equatable {
    case ready
    /// A reason for operators, such as "draining".
    case unready(String)
}

/// What load balancers and supervisors ask.
struct HealthRoutes: Sendable {
    let readiness: @Sendable () async -> Readiness
    let version: String

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/health/live") { _, _ in answer("ok", reason: nil) }
        for path in ["/health", "/health/ready"] {
            routes.on(.get, path) { _, _ in
                switch await readiness() {
                case .ready: answer("ok", reason: nil)
                case .unready(let reason): answer("unavailable", reason: reason)
                }
            }
        }
    }

    private func answer(_ status: StaticString, reason: String?) -> Response {
        .json(reason == nil ? .ok : .serviceUnavailable, headers: [.cacheControl: "no-store"]) { writer in
            writer.name("status")
            writer.value(status)
            if let reason {
                writer.name("reason")
                writer.value(reason)
            }
            writer.name("version")
            writer.value(version)
        }
    }
}
