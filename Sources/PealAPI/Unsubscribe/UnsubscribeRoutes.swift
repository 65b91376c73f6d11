import HTTPTypes
import Hummingbird
import NIOCore
import PealAuth
import PealCore
import PealPipeline

/// One-click unsubscribe (RFC 8058): who holds the link of an e-mail needs no login. Looking changes nothing, because mail
/// programs and their guards look at every link; only a POST does.
struct UnsubscribeRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    let links: UnsubscribeLinks
    let policy: PreferencePolicy
    let templates: LiveTemplates

    private static let bodyLimit = 8192

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/unsubscribe") { request, _ in
            try await withClaim(of: request) { claim, token, texts in
                isMandatory(claim) ? .mandatory(claim, texts, status: .ok) : .question(claim, token: token, texts)
            }
        }
        routes.on(.post, "/v1/unsubscribe") { request, _ in
            try await checkOneClick(request)
            return try await withClaim(of: request) { claim, token, texts in
                if isMandatory(claim) { return .mandatory(claim, texts, status: .conflict) }
                try await set(.off, claim)
                let hasMandatory = policy.mandatoryTypes.contains { policy.isMandatory($0, on: .email) }
                return .done(claim, token: token, hasMandatory: hasMandatory, texts)
            }
        }
        routes.on(.post, "/v1/resubscribe") { request, _ in
            try await withClaim(of: request) { claim, token, texts in
                try await set(.on, claim)
                return .back(claim, token: token, texts)
            }
        }
        routes.on(.post, "/v1/users/{id}/unsubscribe-links") { request, context in
            _ = try await authentication.key(of: request, scope: .notify)
            return try await make(request, for: try context.user())
        }
    }

    private func isMandatory(_ claim: UnsubscribeClaim) -> Bool {
        claim.type.map { policy.isMandatory($0, on: .email) } ?? false
    }

    private func set(_ setting: ChannelSetting, _ claim: UnsubscribeClaim) async throws(Problem) {
        let command = PreferenceCommand.set(.email, setting, type: claim.type)
        switch await store.write([.preferences(claim.user, command)]).first {
        case .success: return
        case .failure(let error): throw Problem(error)
        case nil: throw Problem.internalFault
        }
    }

    /// The page for a good link, in the language of the user whom it names; for another link, a page that says so where
    /// somebody looks.
    private func withClaim(
        of request: Request,
        _ page: (UnsubscribeClaim, _ token: String, UnsubscribeTexts) async throws -> UnsubscribePage
    ) async throws -> Response {
        let token = request.query("token") ?? ""
        guard let claim = links.claim(of: token) else {
            guard request.headers[.accept]?.contains("text/html") ?? false else {
                throw Problem(.badRequest, "link_invalid", "the token is missing, or it is not one of this server")
            }
            return UnsubscribePage.invalid(texts(nil)).response
        }
        let locale: String?
        do throws(StoreError) {
            locale = try await store.profile(of: claim.user)?.locale
        } catch {
            throw Problem(error)
        }
        return try await page(claim, token, texts(locale)).response
    }

    /// Like notifications: in the reader's language, else in the server's.
    private func texts(_ locale: String?) -> UnsubscribeTexts {
        let subject = TextSubject(type: "", locale: locale, actors: [], actorCount: 0)
        return .of(templates.templates.localizedText(for: subject).locale)
    }

    /// What tells a click from a look (RFC 8058 §3.1), as a form of either kind.
    private func checkOneClick(_ request: Request) async throws {
        let body = String(buffer: try await request.bytes(upTo: Self.bodyLimit))
        let isMultipart = request.headers[.contentType]?.lowercased().hasPrefix("multipart/form-data") ?? false
        let isOneClick =
            isMultipart
            ? body.contains("name=\"List-Unsubscribe\"") && body.contains("One-Click")
            : body.split(separator: "&").contains { $0 == UnsubscribeLinks.oneClick }
        guard isOneClick else {
            throw Problem(.badRequest, "one_click_required", "the body must be \(UnsubscribeLinks.oneClick)")
        }
    }

    /// `{"type"?: …, "base_url": …}`: a link for a mail that somebody else sends.
    private func make(_ request: Request, for user: UserID) async throws -> Response {
        let json = try await request.json(upTo: Self.bodyLimit)
        let asked: UnsubscribeRequest
        do throws(ValidationFailure) {
            asked = try UnsubscribeRequest(json)
        } catch {
            throw Problem(error)
        }
        let claim = UnsubscribeClaim(user: user, type: asked.type)
        return .json(headers: [.cacheControl: "no-store"]) { writer in
            writer.name("url")
            writer.value(links.link(for: claim, base: asked.base))
            writer.name("headers")
            let headers = links.headers(for: claim, base: asked.base)
            writer.value(JSON.object(headers.map { JSON.Member($0.name, .string($0.value)) }))
        }
    }
}
