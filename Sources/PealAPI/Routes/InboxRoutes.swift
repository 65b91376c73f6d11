import HTTPTypes
import Hummingbird
import PealCore

/// What a user reads: the list, one notification, the counts.
struct InboxRoutes: Sendable {
    let authentication: Authentication
    let store: any Store

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/notifications") { request, _ in try await list(request, defaultLimit: 50) }
        // For programs that poll with another's names.
        routes.on(.get, "/notifications") { request, _ in try await list(request, defaultLimit: 20, addsID: true) }
        routes.on(.get, "/v1/notifications/unread-count") { request, _ in try await counts(request) }
        routes.on(.get, "/v1/notifications/{id}") { request, context in try await one(request, context) }
    }

    /// - Parameter addsID: whether each row also names itself in `id`.
    private func list(_ request: Request, defaultLimit: Int, addsID: Bool = false) async throws -> Response {
        let user = try await authentication.user(of: request)
        let query = try ListQuery(request, user: user, defaultLimit: defaultLimit)
        let tagged = addsID ? "\(query.canonical) id" : query.canonical
        if let unchanged = try await unchanged(request, user: user, query: tagged) { return unchanged }
        let page: InboxPage
        do throws(StoreError) {
            page = try await store.page(query.page)
        } catch {
            throw Problem(error)
        }
        let headers = headers(user, page.inbox, query: tagged)
        return .json(headers: headers, reserving: 256 + page.rows.count * 768) { writer in
            writer.name("notifications")
            writer.beginArray()
            for row in page.rows {
                if addsID { writer.valueWithID(row) } else { writer.value(row) }
            }
            writer.endArray()
            writer.counters(page.inbox, of: user, epoch: store.epoch)
            writer.name("next_cursor")
            writer.optional(page.next?.cursorText)
        }
    }

    private func counts(_ request: Request) async throws -> Response {
        let user = try await authentication.user(of: request)
        let inbox = try await inbox(of: user)
        let headers = headers(user, inbox, query: "counts")
        if EntityTag.matches(request.headers[.ifNoneMatch], headers[.eTag] ?? "") {
            return Response(status: .notModified, headers: headers)
        }
        return .json(headers: headers) { $0.counters(inbox, of: user, epoch: store.epoch) }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try await authentication.user(of: request)
        let id = try context.notificationID()
        do throws(StoreError) {
            let (row, inbox) = try await store.notification(id, of: user)
            return .json(headers: .privateToUser, reserving: 1024) { writer in
                writer.name("notification")
                writer.value(row)
                writer.counters(inbox, of: user, epoch: store.epoch)
            }
        } catch {
            throw Problem(error)
        }
    }

    /// 304 from the inbox's counters alone, without reading a row; nil where the caller has to be told something.
    private func unchanged(_ request: Request, user: UserID, query: String) async throws(Problem) -> Response? {
        guard let tags = request.headers[.ifNoneMatch] else { return nil }
        let headers = headers(user, try await inbox(of: user), query: query)
        return EntityTag.matches(tags, headers[.eTag] ?? "") ? Response(status: .notModified, headers: headers) : nil
    }

    private func headers(_ user: UserID, _ inbox: Inbox, query: String) -> HTTPFields {
        var headers = HTTPFields.privateToUser
        headers[.eTag] = EntityTag.make(Cursor(epoch: store.epoch.tag(for: user), seq: inbox.seq), query: query)
        return headers
    }

    private func inbox(of user: UserID) async throws(Problem) -> Inbox {
        do throws(StoreError) {
            return try await store.inbox(of: user)
        } catch {
            throw Problem(error)
        }
    }
}

extension APIContext {
    /// The path's notification; an id that cannot be one is as unknown as any other.
    func notificationID() throws(Problem) -> NotificationID {
        guard let id = parameter("id").flatMap({ NotificationID($0) }) else {
            throw Problem(.notFound, "not_found", "there is no such notification")
        }
        return id
    }
}
