import HTTPTypes
import Hummingbird
import Logging

typealias RouteHandler = @Sendable (Request, APIContext) async throws -> Response

/// Registers routes with the router, each with its metrics, and remembers which methods a path has.
struct RouteTable {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    private(set) var paths = PathTable()
    /// `GET /v1/notifications/{id}`, as they were added.
    private(set) var operations: [String] = []

    mutating func on(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping RouteHandler) {
        paths.add(method, path)
        operations.append("\(method.rawValue) \(path)")
        let metrics = RouteMetrics(method: method.rawValue, route: path)
        router.on(RouterPath(path), method: method) { request, context in
            try await metrics.measure {
                do {
                    return try await handler(request, context)
                } catch let problem as Problem {
                    problem.log(context.logger, route: path)
                    return problem.response
                }
            }
        }
    }
}

/// Tells an unknown path from an unknown method.
struct PathTable: Sendable {
    private var methods: [[Component]: [HTTPRequest.Method]] = [:]

    private enum Component: Hashable {
        case literal(Substring)
        case parameter
    }

    mutating func add(_ method: HTTPRequest.Method, _ path: String) {
        let components = path.split(separator: "/").map { part in
            part.hasPrefix("{") ? Component.parameter : .literal(part)
        }
        methods[components, default: []].append(method)
    }

    /// The methods of a path; empty where there is no such path. As the router does, a literal wins over a parameter.
    func allowed(_ path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/")
        let matching = methods.filter { components, _ in
            components.count == parts.count
                && zip(components, parts).allSatisfy { component, part in
                    component == .parameter || component == .literal(part)
                }
        }
        let closest = matching.max { left, right in
            left.key.count { $0 != .parameter } < right.key.count { $0 != .parameter }
        }
        guard let allowed = closest?.value else { return [] }
        return Set(allowed + (allowed.contains(.get) ? [.head, .options] : [.options]))
            .sorted { $0.rawValue < $1.rawValue }
    }
}

extension Problem {
    /// What callers cannot help is the operator's to know.
    fileprivate func log(_ logger: Logger, route: String) {
        guard status.code >= 500 else { return }
        logger.error("a request failed", metadata: ["route": "\(route)", "error": "\(cause ?? detail)"])
    }
}
