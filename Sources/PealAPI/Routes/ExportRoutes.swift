import HTTPTypes
import Hummingbird
import PealAuth
import PealCore

/// Everything that is kept about one user, as lines of JSON.
///
/// An operator needs a key with scope `admin`: the export holds more than `read` and `act-as` show together, such as what the user
/// has deleted, and answering a data subject is the owner's act. A user exports their own with their token; no key will do
/// there.
struct ExportRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    let clock: @Sendable () -> Timestamp

    /// In the order of the export.
    private var sections: [any ExportSection] {
        [
            ProfileSection(store: store), PreferenceSection(store: store), MuteSection(store: store),
            TopicSection(store: store), DeliverySection(store: store), InboxSection(store: store),
            ScheduleSection(store: store),
            RevocationSection(store: store),
        ]
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/users/{id}/export") { request, context in
            _ = try await authentication.key(of: request, scope: .admin)
            return try await export(try context.user())
        }
        routes.on(.get, "/v1/export") { request, _ in
            try await export(try await authentication.claims(of: request).user)
        }
    }

    private func export(_ user: UserID) async throws(Problem) -> Response {
        do throws(StoreError) {
            // A store that cannot be read is a problem; later it could only be an answer that breaks off.
            _ = try await store.inbox(of: user)
        } catch {
            throw Problem(error)
        }
        var headers = HTTPFields.privateToUser
        headers[.cacheControl] = "no-store"
        headers[.contentType] = "application/x-ndjson"
        headers[.contentDisposition] = "attachment; filename=\"peal-export.ndjson\""
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { [sections, clock] body in
                var export = ExportWriter(body)
                try await export.line("export") { writer in
                    writer.name("user_id")
                    writer.value(user.rawValue)
                    writer.name("exported_at")
                    writer.value(clock())
                }
                for section in sections { try await section.write(user, to: &export) }
                let count = export.lineCount + 1
                // An export without this line is not complete.
                try await export.line("end") { writer in
                    writer.name("lines")
                    writer.value(count)
                }
                try await export.flush()
                try await body.finish(nil)
            })
    }
}
