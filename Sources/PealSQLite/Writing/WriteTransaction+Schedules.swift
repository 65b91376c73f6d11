internal import PealCore

extension WriteTransaction: ScheduleTransaction {
    func insertSchedule(_ schedule: Schedule) throws(StoreError) { try schedules.insert(schedule) }

    func schedule(_ id: NotificationID) throws(StoreError) -> Schedule? { try schedules.schedule(id) }

    func setEvent(_ event: Event, ofSchedule id: NotificationID) throws(StoreError) {
        try schedules.setEvent(event, of: id)
    }

    func removeRecipient(_ user: UserID, ofSchedule id: NotificationID) throws(StoreError) -> Bool {
        try schedules.removeRecipient(user, of: id)
    }

    func removeSchedule(_ id: NotificationID) throws(StoreError) -> Bool { try schedules.remove(id) }

    func schedules(of act: Act) throws(StoreError) -> [NotificationID] { try schedules.ids(of: act) }

    func schedules(for user: UserID, limit: Int) throws(StoreError) -> [NotificationID] {
        try schedules.ids(for: user, limit: limit)
    }

    func schedules(by actor: String, limit: Int) throws(StoreError) -> [NotificationID] {
        try schedules.ids(by: actor, limit: limit)
    }
}
