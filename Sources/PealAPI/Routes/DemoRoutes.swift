import HTTPTypes
import Hummingbird
import PealAuth
import PealCore
import PealPipeline

/// The door behind the demo page: whoever knocks becomes whom they say. Open with `--dev` only, and only to pages that this
/// very machine served (RULES 46).
struct DemoRoutes: Sendable {
    let signer: TokenSigner?
    let store: any Store
    let pipeline: Pipeline
    let settings: APISettings
    let clock: @Sendable () -> Timestamp

    private static let bodyLimit = 16_384

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/demo/session") { request, _ in try await session(request) }
        routes.on(.post, "/demo/act") { request, _ in try await act(request) }
    }

    private func session(_ request: Request) async throws -> Response {
        let signer = try checkedSigner(request)
        let json = try await request.json(upTo: Self.bodyLimit)
        guard let user = json["user_id"]?.identifier.flatMap(UserID.init) else {
            throw Problem.invalidParameter("user_id", "must name a user")
        }
        var profile = await (try? store.profile(of: user)) ?? UserProfile(user: user)
        profile.name = json["name"]?.string ?? profile.name
        profile.locale = json["locale"]?.string.flatMap(LanguageTag.init)?.description ?? profile.locale
        if case .failure(let error) = await store.write([.profile(profile)]).first { throw Problem(error) }
        let (token, expiresAt) = signer.token(for: user, lifetime: settings.demoTokenLifetime, now: clock())
        return .json(headers: [.cacheControl: "no-store"]) { writer in
            writer.name("token")
            writer.value(token)
            writer.name("expires_at")
            writer.value(expiresAt)
        }
    }

    private func act(_ request: Request) async throws -> Response {
        _ = try checkedSigner(request)
        let act = try DemoAct(try await request.json(upTo: Self.bodyLimit))
        if let retraction = act.retraction {
            if case .failure(let error) = await pipeline.retract(retraction) { throw Problem(error) }
            return Response(status: .noContent)
        }
        var outcomes: [Outcome] = []
        for result in await pipeline.accept(act.events.map { ($0, nil) }) {
            switch result {
            case .success(let answer): outcomes += answer.outcomes
            case .failure(let error): throw Problem(error)
            }
        }
        return .json(.created) { $0.outcomes(outcomes) }
    }

    private func checkedSigner(_ request: Request) throws(Problem) -> TokenSigner {
        guard settings.isDevelopment, let signer else {
            throw Problem(.notFound, "not_found", "the demo is there with `peal serve --dev` only")
        }
        guard Loopback.isNamed(by: request) else { throw APIResponder.foreignHost }
        if let origin = request.headers[.origin], !Origins.isSameHost(origin, request) { throw Origins.refusal }
        // Not to be had from a form of another page without the browser asking first.
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true else {
            throw Problem(.unsupportedMediaType, "unsupported_media_type", "the body must be application/json")
        }
        return signer
    }
}
