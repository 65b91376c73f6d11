import HTTPTypes
import Hummingbird
import PealAuth
import PealCore

/// What left Peal, and what is to leave it: list, look at, try again.
struct DeliveryRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    /// Wakes whoever sends.
    let wake: @Sendable () -> Void

    private static let limitRange = 1...200

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/deliveries") { request, _ in try await list(request) }
        routes.on(.get, "/v1/deliveries/{id}") { request, context in
            _ = try await authentication.key(of: request, scope: .notify, .read)
            let id = try context.deliveryID()
            let found: Delivery?
            do throws(StoreError) {
                found = try await store.delivery(id)
            } catch {
                throw Problem(error)
            }
            guard let found else { throw Problem.unknownDelivery }
            return .delivery(found)
        }
        routes.on(.post, "/v1/deliveries/{id}/retry") { request, context in
            _ = try await authentication.key(of: request, scope: .notify)
            switch await store.write([.delivery(.retry(try context.deliveryID()))]).first {
            case .success(.deliveries(let changed)):
                guard let delivery = changed.first else { throw Problem.internalFault }
                wake()
                return .delivery(delivery)
            case .failure(let error):
                switch error.code {
                case .notFound: throw Problem.unknownDelivery
                case .conflict:
                    throw Problem(.conflict, "not_over", "only what failed or was skipped can be tried again")
                default: throw Problem(error)
                }
            default: throw Problem.internalFault
            }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify, .read)
        var query = try Self.query(request)
        let limit = query.limit
        query.limit += 1
        let found: [Delivery]
        do throws(StoreError) {
            found = try await store.deliveries(query)
        } catch {
            throw Problem(error)
        }
        let page = found.prefix(limit)
        return .json(headers: [.cacheControl: "no-store"], reserving: 64 + page.count * 384) { writer in
            writer.name("deliveries")
            writer.beginArray()
            for delivery in page {
                writer.beginObject()
                writer.members(of: delivery)
                writer.endObject()
            }
            writer.endArray()
            writer.name("next_cursor")
            if found.count > limit, let last = page.last { writer.value(last.id) } else { writer.null() }
        }
    }

    private static func query(_ request: Request) throws(Problem) -> DeliveryQuery {
        var query = DeliveryQuery(limit: try request.number("limit", in: limitRange) ?? 50)
        if let text = request.value("user_id") {
            guard let user = UserID(text) else { throw Problem.invalidParameter("user_id", "is not a user id") }
            query.user = user
        }
        if let text = request.value("channel") {
            guard let channel = DeliveryChannel(rawValue: text) else {
                throw Problem.invalidParameter("channel", "must be one of \(DeliveryChannel.list)")
            }
            query.channel = channel
        }
        if let text = request.value("status") {
            guard let state = Delivery.State(rawValue: text) else {
                throw Problem.invalidParameter("status", "must be one of \(Delivery.State.list)")
            }
            query.state = state
        }
        if let text = request.value("cursor") {
            guard let id = NotificationID(text) else {
                throw Problem.invalidParameter("cursor", "is not a next_cursor of an earlier answer")
            }
            query.after = id
        }
        return query
    }
}

extension Request {
    /// An empty parameter is one that was not given.
    fileprivate func value(_ name: String) -> String? { query(name).flatMap { $0.isEmpty ? nil : $0 } }
}

extension APIContext {
    /// The path's delivery; an id that cannot be one is as unknown as any other.
    fileprivate func deliveryID() throws(Problem) -> NotificationID {
        guard let id = parameter("id").flatMap({ NotificationID($0) }) else { throw Problem.unknownDelivery }
        return id
    }
}

extension Problem {
    fileprivate static var unknownDelivery: Problem {
        Problem(.notFound, "not_found", "there is no such delivery: it ended long ago, or never was")
    }
}

extension Response {
    fileprivate static func delivery(_ delivery: Delivery) -> Response {
        .json(headers: [.cacheControl: "no-store"], reserving: 384) { $0.members(of: delivery) }
    }
}

extension JSONWriter {
    mutating func members(of delivery: Delivery) {
        name("delivery_id")
        value(delivery.id)
        name("user_id")
        value(delivery.user.rawValue)
        name("channel")
        value(delivery.channel.rawValue)
        name("digest")
        value(delivery.isDigest)
        name("status")
        value(delivery.state.rawValue)
        name("reason")
        optional(delivery.reason)
        name("failures")
        value(Int64(delivery.failures))
        name("planned_at")
        value(delivery.plannedAt)
        name("next_at")
        optional(delivery.dueAt)
        name("created_at")
        value(delivery.createdAt)
        name("finished_at")
        optional(delivery.finishedAt)
        name("notification_ids")
        beginArray()
        for id in delivery.notifications { value(id) }
        endArray()
    }
}
