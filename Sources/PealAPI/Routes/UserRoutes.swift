import Hummingbird
import PealAuth
import PealCore

/// What producers tell about users.
struct UserRoutes: Sendable {
    let authentication: Authentication
    let store: any Store

    private static let bodyLimit = 16_384

    func add(to routes: inout RouteTable) {
        routes.on(.put, "/v1/users/{id}") { request, context in
            _ = try await authentication.key(of: request, scope: .notify)
            let user = try context.user()
            let profile = try UserProfile(user: user, json: try await request.json(upTo: Self.bodyLimit))
            if case .failure(let error) = await store.write([.profile(profile)]).first { throw Problem(error) }
            return .profile(profile)
        }
        routes.on(.get, "/v1/users/{id}") { request, context in
            _ = try await authentication.key(of: request, scope: .read)
            let user = try context.user()
            let profile: UserProfile?
            do throws(StoreError) {
                profile = try await store.profile(of: user)
            } catch {
                throw Problem(error)
            }
            guard let profile else { throw Problem(.notFound, "not_found", "nothing was told about this user") }
            return .profile(profile)
        }
    }
}

extension APIContext {
    /// The user of `/v1/users/{id}`.
    func user() throws(Problem) -> UserID {
        guard let user = parameter("id").flatMap(UserID.init) else {
            throw Problem.invalidParameter("id", "must be 1 to 128 bytes without control characters")
        }
        return user
    }
}

extension Response {
    fileprivate static func profile(_ profile: UserProfile) -> Response {
        .json(headers: [.cacheControl: "no-store"]) { writer in
            writer.name("user_id")
            writer.value(profile.user.rawValue)
            writer.name("name")
            writer.optional(profile.name)
            writer.name("email")
            writer.optional(profile.email)
            writer.name("locale")
            writer.optional(profile.locale)
            writer.name("timezone")
            writer.optional(profile.timezone)
        }
    }
}
