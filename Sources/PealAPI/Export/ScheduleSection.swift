import PealCore

/// What waits to be told to the user. Who else is to be told is not the user's to know.
struct ScheduleSection: ExportSection {
    let store: any Store

    private static let pageSize = 64

    @concurrent func write(_ user: UserID, to export: inout ExportWriter) async throws {
        var query = ScheduleQuery(user: user, limit: Self.pageSize)
        repeat {
            let page = try await store.schedules(query)
            for schedule in page.schedules {
                try await export.line("schedule") { writer in
                    writer.name("schedule_id")
                    writer.value(schedule.id)
                    writer.name("send_at")
                    writer.value(schedule.sendAt)
                    writer.name("created_at")
                    writer.value(schedule.createdAt)
                    writer.members(of: schedule.event)
                }
            }
            query.after = page.next
        } while query.after != nil
    }
}
