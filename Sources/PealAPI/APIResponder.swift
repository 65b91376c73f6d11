import HTTPTypes
public import Hummingbird
import PealAuth

/// Answers every request: who may call at all, then the routes, then what browsers need to be told.
public struct APIResponder: HTTPResponder {
    public typealias Context = APIContext

    private let router: RouterResponder<APIContext>
    private let paths: PathTable
    private let origins: Origins
    private let isDevelopment: Bool
    private let strays = RouteMetrics(method: "any", route: "none")

    init(_ routes: RouteTable, settings: APISettings) {
        router = routes.router.buildResponder()
        paths = routes.paths
        origins = Origins(settings)
        isDevelopment = settings.isDevelopment
    }

    public func respond(to request: Request, context: APIContext) async throws -> Response {
        var response = try await decide(request, context)
        // Not on one's own machine, where the name is shared with other people's projects.
        SecurityHeaders.complete(&response.headers, isSecure: request.head.scheme == "https" && !isDevelopment)
        return response
    }

    private func decide(_ request: Request, _ context: APIContext) async throws -> Response {
        if isDevelopment, !Loopback.isNamed(by: request), !request.uri.path.hasPrefix("/health") {
            return stray(Self.foreignHost)
        }
        switch origins.judge(request) {
        case .none: return try await answer(request, context)
        case .refused: return stray(Origins.refusal)
        case .allowed(let origin):
            var response =
                Origins.isPreflight(request) ? Origins.preflight : try await answer(request, context)
            origins.allow(origin, request, in: &response.headers)
            return response
        }
    }

    private func answer(_ request: Request, _ context: APIContext) async throws -> Response {
        let response = try await router.respond(to: request, context: context)
        // The router's own answer to what it does not know: no route has run, so nothing is lost.
        guard response.status == .notFound, context.coreContext.endpointPath.value == "NotFound" else {
            return response
        }
        let methods = paths.allowed(request.uri.path).map(\.rawValue).joined(separator: ", ")
        guard !methods.isEmpty else {
            return stray(Problem(.notFound, "not_found", "there is nothing at this path"))
        }
        if request.method == .options { return Response(status: .noContent, headers: [.allow: methods]) }
        return stray(
            Problem(.methodNotAllowed, "method_not_allowed", "this path takes \(methods)", headers: [.allow: methods]))
    }

    private func stray(_ problem: Problem) -> Response {
        strays.count(problem.response.status)
        return problem.response
    }

    static let foreignHost = Problem(
        .misdirectedRequest, "host_not_allowed", "a server started with --dev answers to localhost only")
}
