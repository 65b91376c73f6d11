import Hummingbird
import PealAuth
import PealCore
import PealPipeline

/// What waits for its time: list, look at, cancel.
struct ScheduleRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    let pipeline: Pipeline

    private static let limitRange = 1...200

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/schedules") { request, _ in try await list(request) }
        routes.on(.get, "/v1/schedules/{id}") { request, context in
            _ = try await authentication.key(of: request, scope: .notify, .read)
            let id = try context.scheduleID()
            let found: Schedule?
            do throws(StoreError) {
                found = try await store.schedule(id)
            } catch {
                throw Problem(error)
            }
            guard let found else { throw Problem.unknownSchedule }
            return .schedule(found, status: "scheduled")
        }
        routes.on(.delete, "/v1/schedules/{id}") { request, context in
            _ = try await authentication.key(of: request, scope: .notify)
            let id = try context.scheduleID()
            do throws(StoreError) {
                return .schedule(try await pipeline.cancel(id), status: "cancelled")
            } catch {
                throw error.code == .notFound ? Problem.unknownSchedule : Problem(error)
            }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify, .read)
        let page: SchedulePage
        let query = try Self.query(request)
        do throws(StoreError) {
            page = try await store.schedules(query)
        } catch {
            throw Problem(error)
        }
        return .json(headers: [.cacheControl: "no-store"], reserving: 64 + page.schedules.count * 512) { writer in
            writer.name("schedules")
            writer.beginArray()
            for schedule in page.schedules {
                writer.beginObject()
                writer.members(of: schedule)
                writer.endObject()
            }
            writer.endArray()
            writer.name("next_cursor")
            writer.optional(page.next?.cursorText)
        }
    }

    private static func query(_ request: Request) throws(Problem) -> ScheduleQuery {
        var query = ScheduleQuery(limit: try request.number("limit", in: limitRange) ?? 50)
        if let text = request.query("user_id"), !text.isEmpty {
            guard let user = UserID(text) else { throw Problem.invalidParameter("user_id", "is not a user id") }
            query.user = user
        }
        if let text = request.query("cursor"), !text.isEmpty {
            guard let position = Schedule.Position(cursorText: text) else {
                throw Problem.invalidParameter("cursor", "is not a next_cursor of an earlier answer")
            }
            query.after = position
        }
        return query
    }
}

extension APIContext {
    /// The path's schedule; an id that cannot be one is as unknown as any other.
    fileprivate func scheduleID() throws(Problem) -> NotificationID {
        guard let id = parameter("id").flatMap({ NotificationID($0) }) else { throw Problem.unknownSchedule }
        return id
    }
}

extension Problem {
    fileprivate static var unknownSchedule: Problem {
        Problem(.notFound, "not_found", "there is no such schedule: it has been sent, was cancelled, or never was")
    }
}

extension Response {
    fileprivate static func schedule(_ schedule: Schedule, status: StaticString) -> Response {
        .json(headers: [.cacheControl: "no-store"], reserving: 512) { writer in
            writer.members(of: schedule)
            writer.name("status")
            writer.value(status)
        }
    }
}

extension JSONWriter {
    mutating func members(of schedule: Schedule) {
        name("schedule_id")
        value(schedule.id)
        name("send_at")
        value(schedule.sendAt)
        name("created_at")
        value(schedule.createdAt)
        name("topic")
        optional(schedule.event.topic?.rawValue)
        name("user_ids")
        beginArray()
        for recipient in schedule.event.recipients { value(recipient.user.rawValue) }
        endArray()
        members(of: schedule.event)
    }

    /// As a producer tells it, without the recipients.
    mutating func members(of event: Event) {
        name("type")
        value(event.type)
        name("actor_id")
        optional(event.actor?.id)
        name("actor_name")
        optional(event.actor?.name)
        name("target_type")
        optional(event.target?.type)
        name("target_id")
        optional(event.target?.id)
        name("title")
        optional(event.title)
        name("message")
        optional(event.message)
        name("excerpt")
        optional(event.excerpt)
        name("url")
        optional(event.url)
        name("priority")
        value(event.priority.rawValue)
        name("metadata")
        raw(event.metadata)
        name("occurred_at")
        optional(event.occurredAt)
        name("expires_at")
        optional(event.expiresAt)
        name("receipt")
        value(event.wantsReceipt)
    }
}
