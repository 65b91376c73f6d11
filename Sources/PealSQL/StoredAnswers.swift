internal import Crypto
package import PealCore

extension IdempotencyKey {
    /// The name under which its answer is stored: 128 bits of SHA-256. Each part is preceded by its length, so that no two keys
    /// spell alike.
    package var storedDigest: [UInt8] {
        var hash = SHA256()
        for part in [source, caller, key] {
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

extension Act {
    /// The name under which its retraction is stored: 128 bits of SHA-256 of ``name``.
    package var storedDigest: [UInt8] { Array(SHA256.hash(data: Array(name.utf8)).prefix(16)) }
}

extension Outcome {
    /// A JSON array of `[user, kind, id, seq]`, `[user, "scheduled", schedule, milliseconds]`, `[user, "suppressed", reason]`, or
    /// `[[topic], "accepted", fan-out]`. In place of a user also a topic can be scheduled.
    package static func encoded(_ outcomes: [Outcome]) -> String {
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

    /// Nil for what ``encoded(_:)`` would not write.
    package static func decoded(_ text: String) -> [Outcome]? {
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
