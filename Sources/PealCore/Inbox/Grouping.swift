/// When an event joins a row that is already there.
public struct GroupingPolicy: Sendable, Equatable {
    /// Since the row's last event.
    public var window: Duration
    /// Since the row's first event.
    public var maximumAge: Duration
    /// Events that one group takes at most; the next one opens another.
    public var maximumEvents: Int

    /// Five minutes since the last event, a day since the first, and any number of events, where nothing else is said.
    public init(window: Duration = .seconds(300), maximumAge: Duration = .seconds(86_400), maximumEvents: Int = .max) {
        self.window = window
        self.maximumAge = maximumAge
        self.maximumEvents = maximumEvents
    }

    /// Whether a folded row takes one more event at this time. What has been read stays as it was read.
    public func admits(_ row: Notification, at now: Timestamp) -> Bool {
        row.standing == .active && !row.isRead && row.eventCount < maximumEvents
            && now - row.lastEventAt <= window && now - row.createdAt <= maximumAge
    }
}

extension Notification {
    /// A new row for one recipient; the inbox gives it its seq.
    public init(event: Event, for user: UserID, id: NotificationID, at now: Timestamp) {
        self.init(
            id: id, userID: user, type: event.type, title: "", message: "",
            actors: event.actor.map { [$0] } ?? [], actorCount: event.actor == nil ? 0 : 1,
            targetType: event.target?.type, targetID: event.target?.id, url: event.url, priority: event.priority,
            metadata: event.metadata, createdAt: now, updatedAt: now, lastEventAt: now,
            expiresAt: event.expiresAt, groupKey: event.groupKey, hasOwnText: event.message != nil,
            wantsReceipt: event.wantsReceipt)
    }

    /// Takes over what the newest event says.
    ///
    /// - Parameter isNewActor: whether its actor was not yet among the row's distinct actors.
    public mutating func join(_ event: Event, isNewActor: Bool, at now: Timestamp) {
        if let actor = event.actor {
            actors.removeAll { $0.id.utf8.elementsEqual(actor.id.utf8) }
            actors.insert(actor, at: 0)
            if actors.count > Self.actorSampleLimit { actors.removeLast() }
            if isNewActor { actorCount += 1 }
        }
        if let url = event.url { self.url = url }
        if event.metadata != "{}" { metadata = event.metadata }
        hasOwnText = event.message != nil
        // A group lives as long as the event that lives longest.
        if let ends = expiresAt { expiresAt = event.expiresAt.map { max($0, ends) } }
        wantsReceipt = wantsReceipt || event.wantsReceipt
        lastEventAt = now
        updatedAt = now
    }
}
