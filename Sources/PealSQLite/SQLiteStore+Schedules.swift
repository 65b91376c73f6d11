public import PealCore

extension SQLiteStore {
    public func schedules(_ query: ScheduleQuery) async throws(StoreError) -> SchedulePage {
        try await readers.read { reader throws(StoreError) in try reader.schedules(query) }
    }

    public func schedule(_ id: NotificationID) async throws(StoreError) -> Schedule? {
        try await readers.read { reader throws(StoreError) in try reader.schedule(id) }
    }

    public func dueSchedules(
        at time: Timestamp, after position: Schedule.Position?, limit: Int
    ) async throws(StoreError) -> DueSchedules {
        try await readers.read { reader throws(StoreError) in
            try reader.dueSchedules(at: time, after: position, limit: limit)
        }
    }

    public func scheduleCount() async throws(StoreError) -> Int {
        try await readers.read { reader throws(StoreError) in try reader.scheduleCount() }
    }
}
