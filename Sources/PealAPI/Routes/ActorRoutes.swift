import Hummingbird
import PealCore

/// Who stands behind a group: all of its actors, the newest first.
struct ActorRoutes: Sendable {
    let authentication: Authentication
    let store: any Store

    private static let limitRange = 1...200
    private static let offsetRange = 0...10_000_000

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/notifications/{id}/actors") { try await actors($0, $1) }
    }

    private func actors(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try await authentication.user(of: request)
        let id = try context.notificationID()
        let limit = try request.number("limit", in: Self.limitRange) ?? 50
        let offset = try request.number("offset", in: Self.offsetRange) ?? 0
        let page: ActorPage
        do throws(StoreError) {
            page = try await store.actors(of: id, user: user, offset: offset, limit: limit)
        } catch {
            throw Problem(error)
        }
        return .json(headers: .privateToUser, reserving: 64 + page.actors.count * 64) { writer in
            writer.name("actors")
            writer.beginArray()
            for actor in page.actors { writer.value(actor) }
            writer.endArray()
            writer.name("actor_count")
            writer.value(page.count)
            writer.name("next_offset")
            if page.hasMore { writer.value(offset + page.actors.count) } else { writer.null() }
        }
    }
}
