/// What a store answers about events that wait for their time.
public protocol ScheduleReads: Sendable {
    /// One page of what waits, in the order in which it is sent.
    func schedules(_ query: ScheduleQuery) async throws(StoreError) -> SchedulePage

    /// Nil where it has been sent, was cancelled, or never was.
    func schedule(_ id: NotificationID) async throws(StoreError) -> Schedule?

    /// What is due at a time, the most overdue first, behind a position.
    ///
    /// - Parameter position: nil for the beginning.
    func dueSchedules(
        at time: Timestamp, after position: Schedule.Position?, limit: Int
    ) async throws(StoreError) -> DueSchedules

    /// How many wait.
    func scheduleCount() async throws(StoreError) -> Int
}

/// Which schedules are shown.
public struct ScheduleQuery: Sendable, Equatable {
    /// Only those that name this recipient; nil for all.
    public var user: UserID?
    /// Behind this one; nil for the first page.
    public var after: Schedule.Position?
    /// Schedules at most.
    public var limit: Int

    /// The first fifty of all, unless something else is asked for.
    public init(user: UserID? = nil, after: Schedule.Position? = nil, limit: Int = 50) {
        self.user = user
        self.after = after
        self.limit = limit
    }
}

/// Some schedules, in the order in which they are sent.
public struct SchedulePage: Sendable, Equatable {
    /// With all their recipients.
    public var schedules: [Schedule]
    /// Whether another page follows.
    public var hasMore: Bool

    /// A page as a driver has read it.
    public init(schedules: [Schedule], hasMore: Bool) {
        self.schedules = schedules
        self.hasMore = hasMore
    }

    /// Where the next page begins; nil on the last.
    public var next: Schedule.Position? { hasMore ? schedules.last?.position : nil }
}

/// Schedules whose time has come, and when the next one's does.
public struct DueSchedules: Sendable, Equatable {
    /// The most overdue first.
    public var positions: [Schedule.Position]
    /// The nearest time after now; nil where there is none, or where as many are due as were asked for.
    public var next: Timestamp?

    /// What is due, and when to look again.
    public init(positions: [Schedule.Position], next: Timestamp?) {
        self.positions = positions
        self.next = next
    }
}
