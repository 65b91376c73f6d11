import HTTPTypes
import Hummingbird
import PealAuth
import PealCore
import PealPipeline

/// `DELETE /v1/users/{id}`: removes everything about a user. Nothing brings it back.
struct EraseRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    let eraser: Eraser
    let revocations: Revocations
    let clock: @Sendable () -> Timestamp

    func add(to routes: inout RouteTable) {
        routes.on(.delete, "/v1/users/{id}") { request, context in
            _ = try await authentication.key(of: request, scope: .admin)
            let user = try context.user()
            let revokes = try request.flag("revoke")
            do throws(StoreError) {
                var revocation: Revocation?
                if revokes {
                    // First: what is still open must not look while the inbox empties.
                    let made = try await store.revoke(user, .issuedBefore(clock()))
                    revocations.enter([made])
                    revocation = made
                }
                return .erasure(try await eraser.erase(user), revocation)
            } catch {
                throw Problem(error)
            }
        }
        routes.on(.get, "/v1/users/{id}/erasure") { request, context in
            _ = try await authentication.key(of: request, scope: .admin)
            let user = try context.user()
            let erasure: Erasure?
            do throws(StoreError) {
                erasure = try await eraser.erasure(of: user)
            } catch {
                throw Problem(error)
            }
            guard let erasure else {
                throw Problem(.notFound, "not_found", "nothing is being removed of this user, or it is done")
            }
            return .erasure(Eraser.Report(erasure: erasure, isDone: false), nil, status: .ok)
        }
    }
}

extension Response {
    /// 202 while the work goes on.
    fileprivate static func erasure(
        _ report: Eraser.Report, _ revocation: Revocation?, status: HTTPResponse.Status? = nil
    ) -> Response {
        let removed = report.erasure.removed
        return .json(status ?? (report.isDone ? .ok : .accepted), headers: [.cacheControl: "no-store"]) { writer in
            writer.name("user_id")
            writer.value(report.erasure.user.rawValue)
            writer.name("status")
            writer.value(report.isDone ? "done" : "running" as StaticString)
            writer.name("started_at")
            writer.value(report.erasure.startedAt)
            if case .issuedBefore(let time) = revocation?.extent {
                writer.name("not_before")
                writer.value(time)
            }
            writer.name("removed")
            writer.beginObject()
            writer.name("notifications")
            writer.value(removed.notifications)
            writer.name("records")
            writer.value(removed.records)
            writer.name("mentions")
            writer.value(removed.mentions)
            writer.name("idempotency_answers")
            writer.value(removed.answers)
            writer.endObject()
        }
    }
}
