#if PostgreSQL
    internal import PealCore

    /// How a row of an inbox lies in its table.
    enum NotificationColumns {
        private static let contents: [(name: String, element: PGArray.Element)] = [
            ("seq", .integer), ("standing", .integer), ("is_read", .flag), ("is_seen", .flag), ("unread_seq", .integer),
            ("unseen_seq", .integer), ("last_event_at", .integer), ("created_at", .integer), ("updated_at", .integer),
            ("read_at", .integer), ("archived_at", .integer), ("expires_at", .integer), ("event_count", .integer),
            ("actor_count", .integer), ("has_own_text", .flag), ("priority", .integer), ("type", .text),
            ("title", .text),
            ("message", .text), ("target_type", .text), ("target_id", .text), ("url", .text), ("metadata", .text),
            ("actor_id", .text), ("actor_name", .text), ("actor2_id", .text), ("actor2_name", .text),
            ("actor3_id", .text), ("actor3_name", .text), ("snoozed_until", .integer), ("delivered_at", .integer),
            ("wants_receipt", .flag), ("group_key", .text),
        ]

        /// What a reader selects.
        static let names = "inbox, id, created_seq, " + contents.map(\.name).joined(separator: ", ")

        /// The same of a table that has another name in the query.
        static let qualified =
            (["inbox", "id", "created_seq"] + contents.map(\.name)).map { "n." + $0 }.joined(separator: ", ")

        static let elements: [PGArray.Element] = [.integer, .id, .integer] + contents.map(\.element)

        static let insert = "INSERT INTO notifications (\(names)) SELECT * FROM \(PGColumns.unnest(elements))"

        /// Finds each row by its key, whatever the planner thinks of the numbers.
        static let update =
            "\(insert) ON CONFLICT (inbox, id) DO UPDATE SET "
            + contents.map { "\($0.name) = excluded.\($0.name)" }.joined(separator: ", ")
    }

    extension PGColumns {
        /// A row of ``NotificationColumns/names``.
        mutating func bind(_ row: Notification, inbox: Int64, createdSeq: Seq) {
            bind(inbox)
            bind(row.id)
            bind(createdSeq)
            bind(row.seq)
            bind(row.standing.rawValue)
            bind(row.isRead)
            bind(row.isSeen)
            bind(row.unreadSeq)
            bind(row.unseenSeq)
            bind(row.lastEventAt)
            bind(row.createdAt)
            bind(row.updatedAt)
            bind(row.readAt)
            bind(row.archivedAt)
            bind(row.expiresAt)
            bind(row.eventCount)
            bind(row.actorCount)
            bind(row.hasOwnText)
            bind(row.priority.stored)
            bind(row.type)
            bind(row.title)
            bind(row.message)
            bind(row.targetType)
            bind(row.targetID)
            bind(row.url)
            if row.metadata.utf8.count > 2 { bind(row.metadata) } else { bindNull() }
            for index in 0..<Notification.actorSampleLimit {
                if index < row.actors.count {
                    bind(row.actors[index].id)
                    bind(row.actors[index].name)
                } else {
                    bindNull()
                    bindNull()
                }
            }
            bind(row.snoozedUntil)
            bind(row.deliveredAt)
            bind(row.wantsReceipt)
            bind(row.groupKey)
        }
    }

    extension PGRows {
        /// The columns of ``NotificationColumns/names``: the row as it is written, not folded.
        func notification(of user: UserID) -> (inbox: Int64, createdSeq: Seq, row: Notification) {
            let inbox = integer()
            let id = id()
            let createdSeq = integer()
            let seq = integer()
            let standing = Standing(rawValue: Int(integer())) ?? .deleted
            let (isRead, isSeen) = (flag(), flag())
            let (unreadSeq, unseenSeq) = (integer(), integer())
            let (lastEventAt, createdAt, updatedAt) = (time(), time(), time())
            let (readAt, archivedAt, expiresAt) = (optionalTime(), optionalTime(), optionalTime())
            let (eventCount, actorCount) = (Int(integer()), Int(integer()))
            let hasOwnText = flag()
            let priority = Priority(stored: integer())
            let (type, title, message) = (text(), text(), text())
            let (targetType, targetID, url) = (optionalText(), optionalText(), optionalText())
            let metadata = optionalText() ?? "{}"
            let actors = sample()
            let (snoozedUntil, deliveredAt, wantsReceipt) = (optionalTime(), optionalTime(), flag())
            let groupKey = optionalText()
            return (
                inbox, createdSeq,
                Notification(
                    id: id, userID: user, type: type, title: title, message: message, standing: standing,
                    isRead: isRead,
                    isSeen: isSeen, actors: actors, actorCount: actorCount, targetType: targetType, targetID: targetID,
                    url: url, priority: priority, metadata: metadata, createdAt: createdAt, updatedAt: updatedAt,
                    lastEventAt: lastEventAt, readAt: readAt, archivedAt: archivedAt, snoozedUntil: snoozedUntil,
                    expiresAt: expiresAt, deliveredAt: deliveredAt, seq: seq, unreadSeq: unreadSeq,
                    unseenSeq: unseenSeq,
                    groupKey: groupKey, eventCount: eventCount, hasOwnText: hasOwnText, wantsReceipt: wantsReceipt)
            )
        }

        private func sample() -> [Actor] {
            var actors: [Actor] = []
            for _ in 0..<Notification.actorSampleLimit {
                let (id, name) = (optionalText(), optionalText())
                if let id { actors.append(Actor(id: id, name: name)) }
            }
            return actors
        }
    }

    extension Priority {
        fileprivate var stored: Int {
            switch self {
            case .low: 0
            case .normal: 1
            case .high: 2
            }
        }

        fileprivate init(stored: Int64) {
            switch stored {
            case 0: self = .low
            case 2: self = .high
            default: self = .normal
            }
        }
    }
#endif
