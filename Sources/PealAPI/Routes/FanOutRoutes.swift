import HTTPTypes
import Hummingbird
import PealAuth
import PealCore

/// Events on their way to the members of topics: list, look at, give up.
struct FanOutRoutes: Sendable {
    let authentication: Authentication
    let store: any Store

    private static let limitRange = 1...200

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/fanouts") { request, _ in try await list(request) }
        routes.on(.get, "/v1/fanouts/{id}") { request, context in
            _ = try await authentication.key(of: request, scope: .notify, .read)
            let id = try context.fanOutID()
            let found: FanOut?
            do throws(StoreError) {
                found = try await store.fanOut(id)
            } catch {
                throw Problem(error)
            }
            guard let found else { throw Problem.unknownFanOut }
            return .fanOut(found)
        }
        routes.on(.delete, "/v1/fanouts/{id}") { request, context in
            _ = try await authentication.key(of: request, scope: .notify)
            let id = try context.fanOutID()
            switch await store.write([.fanOut(.cancel(id))]).first {
            case .success(.fanOut(let fanOut, _)): return .fanOut(fanOut)
            case .failure(let error): throw error.code == .notFound ? Problem.unknownFanOut : Problem(error)
            default: throw Problem.internalFault
            }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify, .read)
        let limit = try request.number("limit", in: Self.limitRange) ?? 50
        var after: NotificationID?
        if let text = request.query("cursor"), !text.isEmpty {
            guard let id = NotificationID(text) else {
                throw Problem.invalidParameter("cursor", "is not a next_cursor of an earlier answer")
            }
            after = id
        }
        let found: [FanOut]
        do throws(StoreError) {
            found = try await store.fanOuts(after: after, limit: limit + 1)
        } catch {
            throw Problem(error)
        }
        let page = found.prefix(limit)
        return .json(headers: [.cacheControl: "no-store"], reserving: 64 + page.count * 320) { writer in
            writer.name("fanouts")
            writer.beginArray()
            for fanOut in page {
                writer.beginObject()
                writer.members(of: fanOut)
                writer.endObject()
            }
            writer.endArray()
            writer.name("next_cursor")
            if found.count > limit, let last = page.last { writer.value(last.id) } else { writer.null() }
        }
    }
}

extension APIContext {
    /// The path's fan-out; an id that cannot be one is as unknown as any other.
    fileprivate func fanOutID() throws(Problem) -> NotificationID {
        guard let id = parameter("id").flatMap({ NotificationID($0) }) else { throw Problem.unknownFanOut }
        return id
    }
}

extension Problem {
    fileprivate static var unknownFanOut: Problem {
        Problem(.notFound, "not_found", "there is no such fan-out: it ended a week ago or more, or never was")
    }
}

extension Response {
    fileprivate static func fanOut(_ fanOut: FanOut) -> Response {
        .json(headers: [.cacheControl: "no-store"], reserving: 320) { $0.members(of: fanOut) }
    }
}

extension JSONWriter {
    fileprivate mutating func members(of fanOut: FanOut) {
        accepted(fanOut.topic, fanOut.id)
        name("kind")
        value(fanOut.kind.rawValue)
        name("type")
        value(fanOut.type)
        name("status")
        value(fanOut.state.rawValue)
        name("created_at")
        value(fanOut.createdAt)
        name("finished_at")
        optional(fanOut.finishedAt)
        name("members")
        value(Int64(fanOut.tally.members))
        name("created")
        value(Int64(fanOut.tally.created))
        name("aggregated")
        value(Int64(fanOut.tally.aggregated))
        name("suppressed")
        value(Int64(fanOut.tally.suppressed))
        name("retracted")
        value(Int64(fanOut.tally.retracted))
    }
}
