import Hummingbird
import PealAuth
import PealCore
import PealPipeline

/// What producers take back: an unlike, a deleted comment, an unfollow.
struct RetractRoutes: Sendable {
    let authentication: Authentication
    let pipeline: Pipeline
    let settings: APISettings

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/notifications/retract") { request, _ in try await retract(request) }
    }

    private func retract(_ request: Request) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify)
        let json = try await request.json(upTo: settings.bodyLimit)
        let asked: RetractionRequest
        do throws(ValidationFailure) {
            asked = try RetractionRequest(json)
        } catch {
            throw Problem(error)
        }
        if let topic = asked.topic { return try await retract(asked.retraction, from: topic) }
        let rows: [RetractedRow]
        do throws(PipelineError) {
            rows = try await pipeline.retract(asked.retraction).get()
        } catch {
            throw Problem(error)
        }
        return .json(reserving: 32 + rows.count * 160) { writer in
            writer.name("notifications")
            writer.beginArray()
            for row in rows { writer.value(row) }
            writer.endArray()
        }
    }

    private func retract(_ retraction: Retraction, from topic: TopicName) async throws(Problem) -> Response {
        let fanOut: FanOut
        do throws(PipelineError) {
            fanOut = try await pipeline.retract(retraction, from: topic).get()
        } catch {
            throw Problem(error)
        }
        return .json(.accepted, headers: [.location: "/v1/fanouts/\(fanOut.id)"]) { $0.accepted(topic, fanOut.id) }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ row: RetractedRow) {
        beginObject()
        name("notification_id")
        if row.isSchedule { null() } else { value(row.id) }
        name("user_id")
        value(row.user.rawValue)
        name("seq")
        if row.isSchedule { null() } else { value(row.seq) }
        name("outcome")
        if row.isSchedule {
            value("cancelled" as StaticString)
            name("schedule_id")
            value(row.id)
        } else {
            value(row.isRemoved ? "removed" as StaticString : "reduced")
        }
        endObject()
    }
}
