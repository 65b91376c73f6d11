import HTTPTypes
import Hummingbird
import PealCore

/// `GET /v1/notifications/counts`: how an inbox is made up, by type.
struct CountRoutes: Sendable {
    let authentication: Authentication
    let store: any Store

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/notifications/counts") { request, _ in try await counts(request) }
    }

    private func counts(_ request: Request) async throws -> Response {
        let user = try await authentication.user(of: request)
        let type = request.query("type").flatMap { $0.isEmpty ? nil : $0 }
        let counts: InboxCounts
        do throws(StoreError) {
            if let tags = request.headers[.ifNoneMatch] {
                let headers = headers(user, try await store.inbox(of: user), type: type)
                if EntityTag.matches(tags, headers[.eTag] ?? "") {
                    return Response(status: .notModified, headers: headers)
                }
            }
            counts = try await store.counts(of: user, type: type)
        } catch {
            throw Problem(error)
        }
        let headers = headers(user, counts.inbox, type: type)
        return .json(headers: headers, reserving: 256 + counts.types.count * 96) { writer in
            writer.members(of: counts.sum)
            writer.name("by_type")
            writer.beginArray()
            for counts in counts.types {
                writer.beginObject()
                writer.name("type")
                writer.value(counts.type)
                writer.members(of: counts)
                writer.endObject()
            }
            writer.endArray()
            writer.counters(counts.inbox, of: user, epoch: store.epoch)
        }
    }

    private func headers(_ user: UserID, _ inbox: Inbox, type: String?) -> HTTPFields {
        var headers = HTTPFields.privateToUser
        let cursor = Cursor(epoch: store.epoch.tag(for: user), seq: inbox.seq)
        headers[.eTag] = EntityTag.make(cursor, query: "counts by type \(type ?? "")")
        return headers
    }
}

extension JSONWriter {
    fileprivate mutating func members(of counts: TypeCounts) {
        name("total")
        value(counts.total)
        name("unread")
        value(counts.unread)
        name("unseen")
        value(counts.unseen)
    }
}
