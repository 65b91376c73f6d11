internal import PealCore
internal import PealSQL

/// Acts that were taken back within the last 24 hours, by a digest of their names.
///
/// Rows are appended in order of time, so the oldest are the lowest, and a few that are over go with each new one.
final class RetractionTable {
    private let select: SQLStatement
    private let insert: SQLStatement
    private let purge: SQLStatement

    init(_ connection: SQLConnection) throws(StoreError) {
        select = try connection.prepare("SELECT at, remembered_at FROM retractions WHERE digest = ?")
        insert = try connection.prepare(
            "INSERT OR REPLACE INTO retractions (digest, at, remembered_at) VALUES (?, ?, ?)")
        purge = try connection.prepare(
            "DELETE FROM retractions WHERE row IN (SELECT row FROM retractions ORDER BY row LIMIT 8) "
                + "AND remembered_at < ?")
    }

    func time(of act: Act, at now: Timestamp) throws(StoreError) -> Timestamp? {
        defer { select.reset() }
        select.bind(act.storedDigest)
        guard try select.next() else { return nil }
        let time = Timestamp(milliseconds: select.integer())
        let rememberedAt = Timestamp(milliseconds: select.integer())
        return now - rememberedAt <= Retraction.memory ? time : nil
    }

    func remember(_ act: Act, _ time: Timestamp, at now: Timestamp) throws(StoreError) {
        purge.bind(now + .milliseconds(-Retraction.memory.wholeMilliseconds))
        try purge.run()
        insert.bind(act.storedDigest)
        insert.bind(time)
        insert.bind(now)
        try insert.run()
    }
}
