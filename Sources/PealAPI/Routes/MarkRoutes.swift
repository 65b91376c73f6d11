import Hummingbird
import PealCore

/// What a user does to notifications: read, archive, delete, all of them at once.
struct MarkRoutes: Sendable {
    let authentication: Authentication
    let store: any Store

    private static let bodyLimit = 4096

    func add(to routes: inout RouteTable) {
        for operation in [RowOperation.read, .unread, .seen, .archive, .unarchive] {
            routes.on(.post, "/v1/notifications/{id}/\(operation.rawValue)") { request, context in
                try await apply(operation, request, context)
            }
        }
        routes.on(.delete, "/v1/notifications/{id}") { try await apply(.delete, $0, $1) }
        routes.on(.post, "/v1/notifications/read-all") { request, _ in try await move(.readAll, request) }
        routes.on(.post, "/v1/notifications/seen-all") { request, _ in try await move(.seenAll, request) }
    }

    private func apply(_ operation: RowOperation, _ request: Request, _ context: APIContext) async throws -> Response {
        let user = try await authentication.user(of: request)
        let id = try context.notificationID()
        let (inbox, changed, _) = try await write(InboxCommand(user: user, kind: .rows(operation, [id])))
        if operation == .delete {
            return .json(headers: .privateToUser) { writer in
                writer.name("notification_id")
                writer.value(id)
                writer.name("status")
                writer.value("DELETED" as StaticString)
                writer.counters(inbox, of: user, epoch: store.epoch)
            }
        }
        // Where nothing changed there is no row in the answer; the one that is read instead brings its own counters.
        let (row, counters) = if let row = changed.first { (row, inbox) } else { try await unchanged(id, of: user) }
        return .json(headers: .privateToUser, reserving: 1024) { writer in
            writer.name("notification")
            writer.value(row)
            writer.counters(counters, of: user, epoch: store.epoch)
        }
    }

    private func unchanged(_ id: NotificationID, of user: UserID) async throws(Problem) -> (Notification, Inbox) {
        do throws(StoreError) {
            return try await store.notification(id, of: user)
        } catch {
            throw Problem(error)
        }
    }

    private func move(_ mark: Mark, _ request: Request) async throws -> Response {
        let user = try await authentication.user(of: request)
        let limit = try Self.limit(try await request.optionalJSON(upTo: Self.bodyLimit))
        let (inbox, _, count) = try await write(InboxCommand(user: user, kind: .mark(mark, upTo: limit)))
        return .json(headers: .privateToUser) { writer in
            writer.name("count")
            writer.value(count)
            writer.counters(inbox, of: user, epoch: store.epoch)
        }
    }

    /// `{"up_to_seq": n}`, or nothing for everything.
    private static func limit(_ json: JSON?) throws(Problem) -> Seq? {
        guard let json, !json.isNull else { return nil }
        guard json.members != nil else { throw Problem.invalidParameter("body", "must be an object") }
        guard let value = json["up_to_seq"], !value.isNull else { return nil }
        guard let seq = value.integer, seq >= 0 else {
            throw Problem.invalidParameter("up_to_seq", "must be a seq: a whole number, not negative")
        }
        return seq
    }

    private func write(_ command: InboxCommand) async throws(Problem) -> (Inbox, rows: [Notification], count: Int) {
        switch await store.write([.inbox(command)]).first {
        case .success(.inbox(let inbox, let rows, let count)): return (inbox, rows, count)
        case .failure(let error): throw Problem(error)
        default: throw Problem.internalFault
        }
    }
}
