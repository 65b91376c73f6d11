import Hummingbird
import PealAuth
import PealCore

/// Ends what a user's tokens opened, and refuses them from now on (RULES 45).
struct RevokeRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    let revocations: Revocations
    let clock: @Sendable () -> Timestamp

    private static let bodyLimit = 4096
    private static let tokenIDLimit = 255

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/users/{id}/revoke") { request, context in
            _ = try await authentication.key(of: request, scope: .revoke)
            let user = try context.user()
            let extent = try Self.extent(try await request.optionalJSON(upTo: Self.bodyLimit), now: clock())
            let revocation: Revocation
            do throws(StoreError) {
                revocation = try await store.revoke(user, extent)
            } catch {
                throw Problem(error)
            }
            revocations.enter([revocation])
            return .revocation(revocation)
        }
    }

    /// `{"jti":"…","exp":n}` for one token; nothing for all of them.
    private static func extent(_ json: JSON?, now: Timestamp) throws(Problem) -> Revocation.Extent {
        guard let json, !json.isNull else { return .issuedBefore(now) }
        guard json.members != nil else { throw Problem.invalidParameter("body", "must be an object") }
        guard let name = json["jti"], !name.isNull else { return .issuedBefore(now) }
        guard let id = name.string, 1...tokenIDLimit ~= id.utf8.count else {
            throw Problem.invalidParameter("jti", "must be the id of a token: a string of 1 to \(tokenIDLimit) bytes")
        }
        guard let end = json["exp"], !end.isNull else { return .token(id: id, endsAt: nil) }
        guard let seconds = end.integer, 0...253_402_300_799 ~= seconds else {
            throw Problem.invalidParameter("exp", "must be a time in whole seconds, as the token has it")
        }
        return .token(id: id, endsAt: Timestamp(seconds: seconds))
    }
}

extension Response {
    fileprivate static func revocation(_ revocation: Revocation) -> Response {
        .json(headers: [.cacheControl: "no-store"]) { writer in
            writer.name("user_id")
            writer.value(revocation.user.rawValue)
            switch revocation.extent {
            case .issuedBefore(let time):
                writer.name("not_before")
                writer.value(time)
            case .token(let id, _):
                writer.name("jti")
                writer.value(id)
            }
        }
    }
}
