extension InMemoryStore {
    public func schedules(_ query: ScheduleQuery) throws(StoreError) -> SchedulePage {
        try checkOpen()
        let found = state.waiting(after: query.after).filter { schedule in
            query.user.map { schedule.event.names($0) } ?? true
        }
        return SchedulePage(schedules: Array(found.prefix(query.limit)), hasMore: found.count > query.limit)
    }

    public func schedule(_ id: NotificationID) throws(StoreError) -> Schedule? {
        try checkOpen()
        return state.schedules[id]
    }

    public func dueSchedules(
        at time: Timestamp, after position: Schedule.Position?, limit: Int
    ) throws(StoreError) -> DueSchedules {
        try checkOpen()
        let due = state.waiting(after: position).filter { $0.sendAt <= time }.prefix(limit).map(\.position)
        let next = state.schedules.values.map(\.sendAt).filter { $0 > time }.min()
        return DueSchedules(positions: Array(due), next: due.count == limit ? nil : next)
    }

    public func scheduleCount() throws(StoreError) -> Int {
        try checkOpen()
        return state.schedules.count
    }
}
