import HTTPTypes
import Hummingbird
import PealAuth
import PealCore
import PealPipeline

/// The things and people that a user wants to hear nothing of.
struct MuteRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    let clock: @Sendable () -> Timestamp

    private static let bodyLimit = 16_384

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/mutes") { request, _ in try await list(try await authentication.user(of: request)) }
        routes.on(.post, "/v1/mutes") { request, _ in try await mute(request) }
        routes.on(.delete, "/v1/mutes") { request, _ in try await unmute(request) }
    }

    private func list(_ user: UserID) async throws(Problem) -> Response {
        let mutes: [Mute]
        do throws(StoreError) {
            mutes = try await store.mutes(of: user)
        } catch {
            throw Problem(error)
        }
        let now = clock()
        return .json(headers: .privateToUser, reserving: 64 + mutes.count * 128) { writer in
            writer.name("mutes")
            writer.beginArray()
            for mute in mutes where mute.holds(at: now) {
                writer.beginObject()
                writer.members(of: mute)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private func mute(_ request: Request) async throws -> Response {
        let user = try await authentication.user(of: request)
        let json = try await request.json(upTo: Self.bodyLimit)
        let asked: MuteRequest
        do throws(ValidationFailure) {
            asked = try MuteRequest(json, now: clock())
        } catch {
            throw Problem(error)
        }
        try await carryOut(.mute(asked.subject, until: asked.until), of: user)
        let mute: Mute?
        do throws(StoreError) {
            mute = try await store.mutes(of: user).first { $0.subject == asked.subject }
        } catch {
            throw Problem(error)
        }
        return .json(.created, headers: .privateToUser) { writer in
            // Somebody may have taken it back meanwhile: what was asked for was done.
            writer.members(of: mute ?? Mute(asked.subject, until: asked.until, createdAt: clock()))
        }
    }

    private func unmute(_ request: Request) async throws -> Response {
        let user = try await authentication.user(of: request)
        let subject: Mute.Subject
        do throws(ValidationFailure) {
            subject = try MuteRequest.subject(
                ["target_type", "target_id", "actor_id"].compactMap { name in request.query(name).map { (name, $0) } })
        } catch {
            throw Problem(error)
        }
        try await carryOut(.unmute(subject), of: user)
        return Response(status: .noContent, headers: .privateToUser)
    }

    private func carryOut(_ command: PreferenceCommand, of user: UserID) async throws(Problem) {
        switch await store.write([.preferences(user, command)]).first {
        case .success(.preferences): return
        case .failure(let error) where error.code == .conflict:
            throw Problem(.conflict, "too_many_mutes", error.message)
        case .failure(let error): throw Problem(error)
        default: throw Problem.internalFault
        }
    }
}

extension JSONWriter {
    mutating func members(of mute: Mute) {
        switch mute.subject {
        case .target(let target):
            name("target_type")
            value(target.type)
            name("target_id")
            optional(target.id)
        case .actor(let id):
            name("actor_id")
            value(id)
        }
        name("until")
        optional(mute.until)
        name("created_at")
        value(mute.createdAt)
    }
}
