/// An event that waits for its time: accepted and durable, and nobody has been notified of it yet.
///
/// All that depends on the moment is decided at that moment: who did it themselves, what has expired, which row it joins, and
/// how its texts read.
public struct Schedule: Sendable, Equatable {
    /// Unique among schedules; not the id of a notification.
    public var id: NotificationID
    /// When it is to be sent.
    public var sendAt: Timestamp
    /// When it was accepted.
    public var createdAt: Timestamp
    /// What is sent then, to the recipients that are left.
    public var event: Event

    /// Whatever a producer asks for lies at most so far ahead.
    public static let horizon: Duration = .seconds(366 * 86_400)

    /// An event and its time.
    public init(id: NotificationID, sendAt: Timestamp, createdAt: Timestamp, event: Event) {
        self.id = id
        self.sendAt = sendAt
        self.createdAt = createdAt
        self.event = event
    }

    /// Where a schedule stands in the order in which they are sent.
    public struct Position: Sendable, Hashable, Comparable {
        /// When it is to be sent.
        public var sendAt: Timestamp
        /// Tells those of one moment apart: the earlier accepted one goes first.
        public var id: NotificationID

        /// The place of a schedule with this time and id.
        public init(sendAt: Timestamp, id: NotificationID) {
            self.sendAt = sendAt
            self.id = id
        }

        public static func < (left: Self, right: Self) -> Bool {
            (left.sendAt, left.id) < (right.sendAt, right.id)
        }
    }

    /// Its place in the order in which they are sent.
    public var position: Position { Position(sendAt: sendAt, id: id) }
}

extension Schedule.Position {
    /// The position as `next_cursor` carries it: opaque, 48 lower-case hexadecimal digits, as in lists of notifications.
    public var cursorText: String { PageQuery.Position(lastEventAt: sendAt, id: id).cursorText }

    /// Nil for anything that ``cursorText`` would not write.
    public init?(cursorText text: String) {
        guard let position = PageQuery.Position(cursorText: text) else { return nil }
        self.init(sendAt: position.lastEventAt, id: position.id)
    }
}

/// What is done to a schedule. Both are refused as `notFound` where it is not there any more: of a cancellation and a sending
/// that meet, the first to remove it from the store has won.
public enum ScheduleCommand: Sendable {
    /// Notifies its recipients and removes it, both or neither.
    ///
    /// - Throws: `conflict` where its time has not come by the store's clock, which may have been set back.
    case send(NotificationID)
    /// Removes it without notifying anybody.
    case cancel(NotificationID)
}
