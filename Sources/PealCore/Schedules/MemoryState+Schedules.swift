extension MemoryState: ScheduleTransaction {
    mutating func insertSchedule(_ schedule: Schedule) throws(StoreError) { schedules[schedule.id] = schedule }

    mutating func schedule(_ id: NotificationID) throws(StoreError) -> Schedule? { schedules[id] }

    mutating func setEvent(_ event: Event, ofSchedule id: NotificationID) throws(StoreError) {
        schedules[id]?.event = event
    }

    mutating func removeRecipient(_ user: UserID, ofSchedule id: NotificationID) throws(StoreError) -> Bool {
        schedules[id]?.event.recipients.removeAll { $0.user == user }
        return schedules[id]?.event.recipients.isEmpty == false
    }

    mutating func removeSchedule(_ id: NotificationID) throws(StoreError) -> Bool {
        schedules.removeValue(forKey: id) != nil
    }

    mutating func schedules(of act: Act) throws(StoreError) -> [NotificationID] {
        let name = ExactText(act.name)
        let found = schedules.values.filter { schedule in
            schedule.event.names(act.user) && Act(schedule.event, for: act.user).map { ExactText($0.name) } == name
        }
        return found.map(\.position).sorted().map(\.id)
    }

    mutating func schedules(for user: UserID, limit: Int) throws(StoreError) -> [NotificationID] {
        Array(schedules.values.filter { $0.event.names(user) }.map(\.id).prefix(limit))
    }

    mutating func schedules(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
        let found = schedules.values.filter { schedule in
            schedule.event.actor.map { $0.id.utf8.elementsEqual(actor.utf8) } ?? false
        }
        return Array(found.map(\.id).prefix(limit))
    }
}

extension MemoryState {
    /// What waits, in the order in which it is sent, behind a position.
    func waiting(after position: Schedule.Position?) -> [Schedule] {
        schedules.values.filter { schedule in position.map { schedule.position > $0 } ?? true }
            .sorted { $0.position < $1.position }
    }
}

extension Event {
    func names(_ user: UserID) -> Bool { recipients.contains { $0.user == user } }
}
