/// What a driver's transaction offers for schedules.
public protocol ScheduleTransaction {
    mutating func insertSchedule(_ schedule: Schedule) throws(StoreError)
    mutating func schedule(_ id: NotificationID) throws(StoreError) -> Schedule?
    /// Gives a schedule that is there another event, with the same recipients and an actor whose acts nobody takes back.
    mutating func setEvent(_ event: Event, ofSchedule id: NotificationID) throws(StoreError)
    /// Takes one of its recipients out of a schedule that is there.
    ///
    /// - Returns: whether another is left.
    mutating func removeRecipient(_ user: UserID, ofSchedule id: NotificationID) throws(StoreError) -> Bool
    /// Removing it is the claim: who is told true, and no one else, decides what becomes of the event (RULES 19).
    ///
    /// - Returns: false where it is gone.
    mutating func removeSchedule(_ id: NotificationID) throws(StoreError) -> Bool

    /// Those that will tell this reader of this act, in the order in which they are sent.
    mutating func schedules(of act: Act) throws(StoreError) -> [NotificationID]
    /// Those that name a recipient, or an actor; no order.
    mutating func schedules(for user: UserID, limit: Int) throws(StoreError) -> [NotificationID]
    mutating func schedules(by actor: String, limit: Int) throws(StoreError) -> [NotificationID]
}
