import HTTPTypes
import Hummingbird
import PealAuth
import PealCore
import PealPipeline

/// What a user wants to hear of, on which channel, and when: for the user, and for a back end that shows settings of its own.
struct PreferenceRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    let policy: PreferencePolicy
    let clock: @Sendable () -> Timestamp

    /// 200 types with all of their channels fit.
    private static let bodyLimit = 65_536

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/preferences") { request, _ in
            try await show(try await authentication.user(of: request))
        }
        routes.on(.put, "/v1/preferences") { request, _ in
            try await replace(request, of: try await authentication.user(of: request))
        }
        routes.on(.patch, "/v1/preferences") { request, _ in
            try await merge(request, of: try await authentication.user(of: request))
        }
        routes.on(.get, "/v1/users/{id}/preferences") { request, context in
            _ = try await authentication.key(of: request, scope: .read)
            return try await show(try context.user())
        }
        routes.on(.put, "/v1/users/{id}/preferences") { request, context in
            _ = try await authentication.key(of: request, scope: .notify)
            return try await replace(request, of: try context.user())
        }
        routes.on(.patch, "/v1/users/{id}/preferences") { request, context in
            _ = try await authentication.key(of: request, scope: .notify)
            return try await merge(request, of: try context.user())
        }
    }

    private func show(_ user: UserID) async throws(Problem) -> Response {
        do throws(StoreError) {
            return try await answer(try await store.preferences(of: user) ?? Preferences(), of: user)
        } catch {
            throw Problem(error)
        }
    }

    private func replace(_ request: Request, of user: UserID) async throws -> Response {
        let json = try await request.json(upTo: Self.bodyLimit)
        let preferences: Preferences
        do throws(ValidationFailure) {
            preferences = try Preferences(json, policy: policy, now: clock())
        } catch {
            throw Problem(error)
        }
        return try await carryOut(.replace(preferences), of: user)
    }

    private func merge(_ request: Request, of user: UserID) async throws -> Response {
        let json = try await request.json(upTo: Self.bodyLimit)
        let change: PreferenceChange
        do throws(ValidationFailure) {
            change = try PreferenceChange(json, policy: policy, now: clock())
        } catch {
            throw Problem(error)
        }
        return try await carryOut(.merge(change), of: user)
    }

    private func carryOut(_ command: PreferenceCommand, of user: UserID) async throws(Problem) -> Response {
        switch await store.write([.preferences(user, command)]).first {
        case .success(.preferences(let preferences)):
            do throws(StoreError) {
                return try await answer(preferences, of: user)
            } catch {
                throw Problem(error)
            }
        case .failure(let error) where error.code == .conflict:
            throw Problem(ValidationFailure([ValidationProblem("types", .tooMany, error.message)]))
        case .failure(let error): throw Problem(error)
        default: throw Problem.internalFault
        }
    }

    private func answer(_ preferences: Preferences, of user: UserID) async throws(StoreError) -> Response {
        let answer = PreferenceAnswer(
            user: user, preferences: preferences, policy: policy,
            profileZone: try await store.profile(of: user)?.timezone, now: clock())
        return .json(headers: .privateToUser, reserving: 2048) { $0.members(of: answer) }
    }
}
