import Hummingbird
import PealCore

/// What a user does to notifications: read, archive, delete, all of them at once.
struct MarkRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    let clock: @Sendable () -> Timestamp

    private static let bodyLimit = 4096
    private static let bulkBodyLimit = 65_536
    /// Rows of one bulk request.
    static let bulkLimit = 1000

    func add(to routes: inout RouteTable) {
        for operation in RowOperation.commands where operation != .delete && operation != .snooze {
            routes.on(.post, "/v1/notifications/{id}/\(operation.rawValue)") { request, context in
                try await apply(operation, request, context)
            }
        }
        routes.on(.post, "/v1/notifications/{id}/snooze") { try await snooze($0, $1) }
        routes.on(.post, "/v1/notifications/bulk") { request, _ in try await bulk(request) }
        routes.on(.delete, "/v1/notifications/{id}") { try await apply(.delete, $0, $1) }
        routes.on(.post, "/v1/notifications/read-all") { request, _ in try await move(.readAll, request) }
        routes.on(.post, "/v1/notifications/seen-all") { request, _ in try await move(.seenAll, request) }
    }

    private func apply(_ operation: RowOperation, _ request: Request, _ context: APIContext) async throws -> Response {
        let user = try await authentication.user(of: request)
        let id = try context.notificationID()
        return try await answer(operation, id, .rows(operation, [id]), of: user)
    }

    /// `{"until": time}`.
    private func snooze(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try await authentication.user(of: request)
        let id = try context.notificationID()
        let until = try until(try await request.json(upTo: Self.bodyLimit))
        return try await answer(.snooze, id, .snooze([id], until: until), of: user)
    }

    private func until(_ json: JSON) throws(Problem) -> Timestamp {
        guard let until = json["until"]?.string.flatMap({ Timestamp(iso8601: $0) }) else {
            throw Problem.invalidParameter("until", "must be a time as in 2026-01-15T10:30:00Z (RFC 3339)")
        }
        guard Snooze.isAllowed(until, at: clock()) else { throw Problem.invalidParameter("until", Snooze.rule) }
        return until
    }

    private func answer(
        _ operation: RowOperation, _ id: NotificationID, _ kind: InboxCommand.Kind, of user: UserID
    ) async throws -> Response {
        let (inbox, changed, _) = try await write(InboxCommand(user: user, kind: kind))
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

    /// `{"operation": …, "notification_ids": […], "until"?: time}`: all of them, or none where one is not there.
    private func bulk(_ request: Request) async throws -> Response {
        let user = try await authentication.user(of: request)
        let json = try await request.json(upTo: Self.bulkBodyLimit)
        guard let operation = json["operation"]?.string.flatMap(RowOperation.init(rawValue:)),
            RowOperation.commands.contains(operation)
        else {
            let names = RowOperation.commands.map(\.rawValue).joined(separator: ", ")
            throw Problem.invalidParameter("operation", "must be one of \(names)")
        }
        let ids = try Self.ids(json["notification_ids"])
        let kind = operation == .snooze ? InboxCommand.Kind.snooze(ids, until: try until(json)) : .rows(operation, ids)
        let (inbox, changed, count) = try await write(InboxCommand(user: user, kind: kind))
        return .json(headers: .privateToUser, reserving: 256 + changed.count * 48) { writer in
            writer.name("count")
            writer.value(count)
            writer.name("notification_ids")
            writer.beginArray()
            for row in changed { writer.value(row.id) }
            writer.endArray()
            writer.counters(inbox, of: user, epoch: store.epoch)
        }
    }

    private static func ids(_ json: JSON?) throws(Problem) -> [NotificationID] {
        let field = "notification_ids"
        guard let elements = json?.array, 1...bulkLimit ~= elements.count else {
            throw Problem.invalidParameter(field, "must be an array of 1 to \(bulkLimit) ids")
        }
        var ids: [NotificationID] = []
        for element in elements {
            guard let id = element.string.flatMap({ NotificationID($0) }) else {
                throw Problem(.notFound, "not_found", "there is no such notification: \(element.text.prefix(64))")
            }
            ids.append(id)
        }
        return ids
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
