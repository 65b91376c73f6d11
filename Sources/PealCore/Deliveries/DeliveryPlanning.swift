/// Decides whether, how, and when a notification leaves Peal. A store asks inside its transaction, because a notification and what
/// follows from it are committed together.
public protocol DeliveryPlanning: Sendable {
    /// The channels that somebody serves; none where nothing ever leaves.
    var channels: [DeliveryChannel] { get }

    /// Must be pure and quick.
    ///
    /// - Parameters:
    ///   - preferences: nil for a user who has said nothing.
    ///   - timezone: of the user's profile.
    /// - Returns: nil where the reader does not want it on that channel.
    func plan(
        _ type: String, on channel: DeliveryChannel, for preferences: Preferences?, timezone: String?,
        at now: Timestamp
    ) -> DeliveryPlan?
}

/// When a notification leaves Peal.
public enum DeliveryPlan: Sendable, Equatable {
    /// By itself.
    case alone(at: Timestamp)
    /// Together with whatever else is to be told then.
    case digest(at: Timestamp)
}

extension DigestSchedule {
    /// The first moment after this one at which a digest is due.
    ///
    /// - Parameter clock: of the place where the reader lives. Where its clocks skip a time, the digest is due when they have.
    public func next(after now: Timestamp, by clock: some LocalClock) -> Timestamp {
        let (today, milliseconds) = clock.reading(at: now)
        switch self {
        case .hourly: return now + .milliseconds(3_600_000 - milliseconds % 3_600_000)
        case .daily(let time): return Self.first(time, of: today...today + 2, after: now, clock) { _ in true }
        case .weekly(let weekday, let time):
            return Self.first(time, of: today...today + 8, after: now, clock) { Weekday(day: $0) == weekday }
        }
    }

    private static func first(
        _ time: TimeOfDay, of days: ClosedRange<Int64>, after now: Timestamp, _ clock: some LocalClock,
        where isDay: (Int64) -> Bool
    ) -> Timestamp {
        for day in days where isDay(day) {
            let moment = clock.first(time.minutes, ofDay: day)
            if moment > now { return moment }
        }
        return now + .seconds(7 * 86_400)
    }
}

extension MutationRunner {
    /// Writes down what a notification that was made or grew is to be followed by.
    func plan(
        _ row: Notification, of event: Event, profile: UserProfile?, in transaction: inout some InboxTransaction
    ) throws(StoreError) {
        guard let planner, !planner.channels.isEmpty else { return }
        let preferences = try transaction.preferences(of: row.userID)
        for channel in planner.channels where event.channels.map({ $0.contains(channel) }) ?? true {
            guard
                let plan = planner.plan(
                    row.type, on: channel, for: preferences, timezone: profile?.timezone, at: transaction.now),
                try !transaction.isPending(row.id, on: channel)
            else { continue }
            switch plan {
            case .alone(let time):
                try insertDelivery(of: row, on: channel, isDigest: false, at: time, in: &transaction)
            case .digest(let time):
                guard let open = try transaction.openDigest(of: row.userID, on: channel, at: time) else {
                    try insertDelivery(of: row, on: channel, isDigest: true, at: time, in: &transaction)
                    continue
                }
                if open.count < Delivery.itemLimit { try transaction.add(row.id, toDelivery: open.id) }
            }
        }
    }

    private func insertDelivery(
        of row: Notification, on channel: DeliveryChannel, isDigest: Bool, at time: Timestamp,
        in transaction: inout some InboxTransaction
    ) throws(StoreError) {
        try transaction.insertDelivery(
            Delivery(
                id: transaction.newID(), user: row.userID, channel: channel, isDigest: isDigest,
                notifications: [row.id], plannedAt: time, dueAt: time, createdAt: transaction.now))
    }

    // MARK: Sending

    func run(
        _ command: DeliveryCommand, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> MutationAnswer {
        switch command {
        case .claim(let ids, let end):
            var claimed: [Delivery] = []
            for id in ids {
                guard var delivery = try transaction.delivery(id), let dueAt = delivery.dueAt,
                    dueAt <= transaction.now
                else { continue }
                delivery.token += 1
                delivery.dueAt = end
                try transaction.updateDelivery(delivery)
                claimed.append(delivery)
            }
            return .deliveries(claimed)
        case .complete(let id, let token, let outcome):
            guard var delivery = try transaction.delivery(id) else { throw Self.missing(id) }
            guard delivery.state == .pending, delivery.token == token else {
                throw StoreError(.conflict, "delivery \(id) has been claimed by somebody else since")
            }
            delivery.take(outcome, at: transaction.now)
            try transaction.updateDelivery(delivery)
            return .deliveries([delivery])
        case .retry(let id):
            guard var delivery = try transaction.delivery(id) else { throw Self.missing(id) }
            guard delivery.state == .failed || delivery.state == .skipped else {
                throw StoreError(.conflict, "delivery \(id) is \(delivery.state.rawValue)")
            }
            delivery.state = .pending
            delivery.dueAt = transaction.now
            (delivery.finishedAt, delivery.reason, delivery.failures) = (nil, nil, 0)
            try transaction.updateDelivery(delivery)
            return .deliveries([delivery])
        case .forget(let time, let limit):
            _ = try transaction.forgetDeliveries(before: time, limit: limit)
            return .done
        }
    }

    private static func missing(_ id: NotificationID) -> StoreError { StoreError(.notFound, "no delivery \(id)") }
}

extension Delivery {
    fileprivate mutating func take(_ outcome: DeliveryOutcome, at now: Timestamp) {
        switch outcome {
        case .sent: end(.sent, reason: nil, at: now)
        case .skipped(let reason): end(.skipped, reason: reason, at: now)
        case .failed(let reason):
            failures += 1
            end(.failed, reason: reason, at: now)
        case .later(let time, let reason):
            dueAt = time
            guard let reason else { return }
            failures += 1
            self.reason = reason
        }
    }
}
