import PealCore

/// The topics that the user belongs to.
struct TopicSection: ExportSection {
    let store: any Store

    private static let pageSize = 256

    @concurrent func write(_ user: UserID, to export: inout ExportWriter) async throws {
        var last: TopicName?
        while true {
            let page = try await store.topics(of: user, after: last, limit: Self.pageSize)
            for topic in page {
                try await export.line("topic") { writer in
                    writer.name("topic")
                    writer.value(topic.rawValue)
                }
            }
            guard page.count == Self.pageSize else { return }
            last = page.last
        }
    }
}
