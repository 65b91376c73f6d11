/// Events that wait for their time.
extension MutationRunner {
    // MARK: Accepting

    /// Keeps an event for later. Who has taken the act back already is not told later either.
    func schedule(
        _ event: Event, at time: Timestamp, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> [Outcome] {
        let id = transaction.newID()
        if let topic = event.topic {
            try transaction.insertSchedule(
                Schedule(id: id, sendAt: time, createdAt: transaction.now, event: event))
            return [Outcome(topic: topic, scheduleID: id, sendAt: time)]
        }
        var outcomes: [Outcome] = []
        var recipients: [Event.Recipient] = []
        outcomes.reserveCapacity(event.recipients.count)
        for recipient in event.recipients {
            if try isRetracted(event, for: recipient.user, in: &transaction) {
                outcomes.append(Outcome(user: recipient.user, kind: .suppressed, suppression: .retracted))
                continue
            }
            // Whatever else speaks against it is asked for at the time.
            recipients.append(Event.Recipient(recipient.user))
            outcomes.append(Outcome(user: recipient.user, kind: .scheduled, scheduleID: id, sendAt: time))
        }
        if !recipients.isEmpty {
            var event = event
            event.recipients = recipients
            try transaction.insertSchedule(
                Schedule(id: id, sendAt: time, createdAt: transaction.now, event: event))
        }
        return outcomes
    }

    // MARK: Sending and cancelling

    func run(
        _ command: ScheduleCommand, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> (MutationAnswer, [Publication]) {
        switch command {
        case .send(let id):
            let schedule = try Self.schedule(id, in: &transaction)
            guard schedule.sendAt <= transaction.now else {
                throw StoreError(.conflict, "the time of schedule \(id) has not come")
            }
            guard try transaction.removeSchedule(id) else { throw Self.missing(id) }
            var event = schedule.event
            if let topic = event.topic {
                let fanOut = try beginFanOut(of: event, to: topic, in: &transaction)
                return (.ingest([Outcome(topic: topic, fanOutID: fanOut.id)], replayed: false), [])
            }
            event.recipients = try recipients(of: schedule, in: &transaction)
            let (outcomes, publications) = try deliver(event, in: &transaction)
            return (.ingest(outcomes, replayed: false), publications)
        case .cancel(let id):
            let schedule = try Self.schedule(id, in: &transaction)
            guard try transaction.removeSchedule(id) else { throw Self.missing(id) }
            return (.cancelled(schedule), [])
        }
    }

    /// Without those about whom everything is being removed since: they are not to get anything from before.
    private func recipients(
        of schedule: Schedule, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> [Event.Recipient] {
        var recipients: [Event.Recipient] = []
        for recipient in schedule.event.recipients {
            if try isErased(recipient.user, since: schedule.createdAt, in: &transaction) { continue }
            recipients.append(recipient)
        }
        return recipients
    }

    private static func schedule(
        _ id: NotificationID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Schedule {
        guard let schedule = try transaction.schedule(id) else { throw missing(id) }
        return schedule
    }

    private static func missing(_ id: NotificationID) -> StoreError { StoreError(.notFound, "no schedule \(id)") }

    // MARK: Taking back

    /// Takes a reader out of what would have told of an act; the last one out removes the schedule.
    func cancelSchedules(
        of act: Act, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> [RetractedRow] {
        var rows: [RetractedRow] = []
        for id in try transaction.schedules(of: act) {
            try remove(act.user, from: id, in: &transaction)
            rows.append(RetractedRow(user: act.user, id: id, seq: 0, isRemoved: true, isSchedule: true))
        }
        return rows
    }

    private func remove(
        _ user: UserID, from id: NotificationID, in transaction: inout some InboxTransaction
    ) throws(StoreError) {
        if try transaction.removeRecipient(user, ofSchedule: id) { return }
        _ = try transaction.removeSchedule(id)
    }

    // MARK: Erasing

    /// Takes a user who is being erased out of what waits: as recipient altogether, as actor by name.
    ///
    /// - Parameter limit: schedules at most.
    /// - Returns: how many were changed; fewer than the limit where none is left.
    func eraseSchedules(
        _ erasure: inout Erasure, limit: Int, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Int {
        guard limit > 0 else { return 0 }
        let own = try transaction.schedules(for: erasure.user, limit: limit)
        for id in own { try remove(erasure.user, from: id, in: &transaction) }
        erasure.removed.records += own.count
        guard own.count < limit else { return own.count }
        let others = try transaction.schedules(by: erasure.user.rawValue, limit: limit - own.count)
        for id in others {
            guard var schedule = try transaction.schedule(id) else { continue }
            let locale = try schedule.event.recipients.first.flatMap { recipient throws(StoreError) in
                try transaction.profile(of: recipient.user)?.locale
            }
            schedule.event.anonymise(as: erasure.alias, locale: locale)
            try transaction.setEvent(schedule.event, ofSchedule: id)
            erasure.removed.mentions += 1
        }
        return own.count + others.count
    }
}

extension Event {
    /// Takes its actor's name out of it, and what the actor wrote. What the producer put into ``metadata`` stays as it is.
    mutating func anonymise(as alias: String, locale: String?) {
        guard let actor else { return }
        let someone = Actor.someone(in: locale)
        title = title?.replacingWord(actor.displayName, with: someone)
        message = message?.replacingWord(actor.displayName, with: someone)
        excerpt = nil
        self.actor = Actor(id: alias, name: someone)
    }
}
