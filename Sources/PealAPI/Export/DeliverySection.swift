import PealCore

/// What left Peal for the user, and what is to leave it.
struct DeliverySection: ExportSection {
    let store: any Store

    private static let pageSize = 128

    @concurrent func write(_ user: UserID, to export: inout ExportWriter) async throws {
        var query = DeliveryQuery(user: user, limit: Self.pageSize)
        while true {
            let page = try await store.deliveries(query)
            for delivery in page { try await export.line("delivery") { $0.members(of: delivery) } }
            guard page.count == Self.pageSize else { return }
            query.after = page.last?.id
        }
    }
}
