internal import PealCore
internal import PealSQL

/// The first answers of the last 24 hours, by a digest of source, caller and key.
///
/// Rows are appended in order of time, so the oldest are the lowest: they are purged without an index on the time.
final class IdempotencyTable {
    private let select: SQLStatement
    private let insert: SQLStatement
    private let oldest: SQLStatement
    private let purge: SQLStatement
    private var nextPurge = Timestamp(milliseconds: .min)

    private static let purgeStep = 256

    init(_ connection: SQLConnection) throws(StoreError) {
        select = try connection.prepare("SELECT at, fingerprint, answer FROM idempotency_keys WHERE digest = ?")
        insert = try connection.prepare(
            "INSERT OR REPLACE INTO idempotency_keys (digest, at, fingerprint, answer) VALUES (?, ?, ?, ?)")
        oldest = try connection.prepare("SELECT row, at FROM idempotency_keys ORDER BY row LIMIT ?")
        purge = try connection.prepare("DELETE FROM idempotency_keys WHERE row <= ?")
    }

    func answer(to key: IdempotencyKey, at now: Timestamp) throws(StoreError) -> RememberedAnswer? {
        defer { select.reset() }
        select.bind(key.storedDigest)
        guard try select.next() else { return nil }
        guard now - Timestamp(milliseconds: select.integer()) <= IdempotencyKey.lifetime else { return nil }
        let fingerprint = UInt64(bitPattern: select.integer())
        guard let outcomes = Outcome.decoded(select.text()) else {
            throw StoreError(.internalFault, "the answer to an idempotency key cannot be read")
        }
        return RememberedAnswer(fingerprint: fingerprint, outcomes: outcomes)
    }

    func remember(_ outcomes: [Outcome], for key: IdempotencyKey, at now: Timestamp) throws(StoreError) {
        insert.bind(key.storedDigest)
        insert.bind(now)
        insert.bind(Int64(bitPattern: key.fingerprint))
        insert.bind(Outcome.encoded(outcomes))
        try insert.run()
    }

    /// Removes a few keys that have expired. Called once a batch, so that keys go as fast as they come.
    func purgeStep(at now: Timestamp) throws(StoreError) {
        guard now >= nextPurge else { return }
        var last: Int64?
        var due = Timestamp(milliseconds: now.milliseconds + 60_000)
        defer { oldest.reset() }
        oldest.bind(Self.purgeStep)
        while try oldest.next() {
            let row = oldest.integer()
            let expiry = Timestamp(milliseconds: oldest.integer()) + IdempotencyKey.lifetime
            guard expiry < now else {
                due = max(expiry, now)
                break
            }
            last = row
            due = now
        }
        nextPurge = due
        guard let last else { return }
        purge.bind(last)
        try purge.run()
    }
}
