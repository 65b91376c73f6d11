internal import Crypto
internal import PealCore

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
        select.bind(Self.digest(key))
        guard try select.next() else { return nil }
        guard now - Timestamp(milliseconds: select.integer()) <= IdempotencyKey.lifetime else { return nil }
        let fingerprint = UInt64(bitPattern: select.integer())
        guard let outcomes = Outcome.decoded(select.text()) else {
            throw StoreError(.internalFault, "the answer to an idempotency key cannot be read")
        }
        return RememberedAnswer(fingerprint: fingerprint, outcomes: outcomes)
    }

    func remember(_ outcomes: [Outcome], for key: IdempotencyKey, at now: Timestamp) throws(StoreError) {
        insert.bind(Self.digest(key))
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

    /// 128 bits of SHA-256. Each part is preceded by its length, so that no two keys spell alike.
    private static func digest(_ key: IdempotencyKey) -> [UInt8] {
        var hash = SHA256()
        for part in [key.source, key.caller, key.key] {
            var text = part
            text.withUTF8 { bytes in
                withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count).littleEndian) {
                    hash.update(bufferPointer: $0)
                }
                hash.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            }
        }
        return Array(hash.finalize().prefix(16))
    }
}

extension Outcome {
    /// A JSON array of `[user, kind, id, seq]`, `[user, "scheduled", schedule, milliseconds]`, `[user, "suppressed", reason]`, or
    /// `[[topic], "accepted", fan-out]`. In place of a user also a topic can be scheduled.
    static func encoded(_ outcomes: [Outcome]) -> String {
        var writer = JSONWriter(reserving: 80 * outcomes.count)
        writer.beginArray()
        for outcome in outcomes {
            writer.beginArray()
            if let topic = outcome.topic {
                writer.beginArray()
                writer.value(topic.rawValue)
                writer.endArray()
            } else {
                writer.value(outcome.user.rawValue)
            }
            writer.value(outcome.kind.rawValue)
            if let id = outcome.notificationID {
                writer.value(id)
                writer.value(outcome.seq)
            } else if let id = outcome.scheduleID, let sendAt = outcome.sendAt {
                writer.value(id)
                writer.value(sendAt.milliseconds)
            } else if let id = outcome.fanOutID {
                writer.value(id)
            } else if let suppression = outcome.suppression {
                writer.value(suppression.rawValue)
            }
            writer.endArray()
        }
        writer.endArray()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func decoded(_ text: String) -> [Outcome]? {
        guard let entries = try? JSON.parse(text.utf8).array else { return nil }
        var outcomes: [Outcome] = []
        for entry in entries {
            guard let outcome = Outcome(entry) else { return nil }
            outcomes.append(outcome)
        }
        return outcomes
    }

    private init?(_ entry: JSON) {
        guard let fields = entry.array, fields.count >= 2, let kind = fields[1].string.flatMap(Kind.init(rawValue:))
        else { return nil }
        let topic = fields[0].array?.first?.string
        guard let user = topic == nil ? fields[0].string : "" else { return nil }
        self.init(user: UserID(trusted: user), kind: kind)
        self.topic = topic.map(TopicName.init(trusted:))
        if kind == .scheduled, fields.count == 4 {
            scheduleID = fields[2].string.flatMap { NotificationID($0) }
            sendAt = fields[3].integer.map(Timestamp.init(milliseconds:))
        } else if fields.count == 4 {
            notificationID = fields[2].string.flatMap { NotificationID($0) }
            seq = fields[3].integer ?? 0
        } else if kind == .accepted, fields.count == 3 {
            fanOutID = fields[2].string.flatMap { NotificationID($0) }
        } else if fields.count == 3 {
            suppression = fields[2].string.flatMap(Suppression.init(rawValue:))
        }
    }
}
