public import PealCore

/// The way of every event into the store, whoever brings it: self-check, expiry, grouping, store.
///
/// The only place that knows this order. Texts are rendered by the store, inside its transaction, because only there the
/// actors are exact.
public struct Pipeline: Sendable {
    let store: any Store
    private let settings: PipelineSettings
    private let alarm: ScheduleAlarm
    let fanOutAlarm: ScheduleAlarm
    private let online: @Sendable () -> [UserID]
    let clock: @Sendable () -> Timestamp
    private let metrics = PipelineMetrics()
    let schedules = ScheduleMetrics()

    /// Make it after the metrics system has been set up.
    ///
    /// - Parameters:
    ///   - alarm: the one by which the worker sleeps that sends what is for later.
    ///   - fanOutAlarm: the one by which the worker sleeps that goes through the members of topics.
    ///   - online: who has a session now.
    public init(
        store: any Store, settings: PipelineSettings = PipelineSettings(), alarm: ScheduleAlarm = ScheduleAlarm(),
        fanOutAlarm: ScheduleAlarm = ScheduleAlarm(), online: @escaping @Sendable () -> [UserID] = { [] },
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.settings = settings
        self.alarm = alarm
        self.fanOutAlarm = fanOutAlarm
        self.online = online
        self.clock = clock
    }

    /// Stores each request, durably before it returns; one that fails leaves its neighbours alone.
    ///
    /// - Returns: as many results as requests, in their order.
    public func accept(
        _ requests: [(EventRequest, IdempotencyKey?)]
    ) async -> [Result<AcceptedAnswer, PipelineError>] {
        let now = clock()
        let mutations = requests.map { request, key in
            Mutation.ingest(
                Ingest(
                    event: request.event(settings, online: online, at: now), idempotency: key, sendAt: request.sendAt)
            )
        }
        return await store.write(mutations).map { result in
            switch result {
            case .success(.ingest(let outcomes, let isReplay)):
                if !isReplay { note(outcomes) }
                return .success(AcceptedAnswer(outcomes: outcomes, isReplay: isReplay))
            case .success:
                return .failure(PipelineError(.internalFault, "the store gave another answer than was asked for"))
            case .failure(let error):
                return .failure(PipelineError(error))
            }
        }
    }

    private func note(_ outcomes: [Outcome]) {
        metrics.count(outcomes)
        // All that is for later is one schedule.
        guard let first = outcomes.first else { return }
        if let time = outcomes.lazy.compactMap(\.sendAt).first { alarm.added(time) }
        if first.kind == .accepted { fanOutAlarm.added(clock()) }
    }
}

extension Pipeline {
    /// Takes back what an event told, wherever it still stands, durably before it returns (RULES 12).
    ///
    /// - Returns: the rows that changed, and what waited to become one. Taking back what is not there changes nothing and is no error.
    public func retract(_ retraction: Retraction) async -> Result<[RetractedRow], PipelineError> {
        switch await store.write([.retract(retraction)]).first {
        case .success(.retracted(let rows)):
            metrics.countRetracted(rows.count { !$0.isSchedule })
            schedules.cancelled(rows.count(where: \.isSchedule))
            return .success(rows)
        case .failure(let error): return .failure(PipelineError(error))
        default: return .failure(PipelineError(.internalFault, "the store gave another answer than was asked for"))
        }
    }
}

/// What became of a request.
public struct AcceptedAnswer: Sendable, Equatable {
    /// One for each recipient, in the order of the request.
    public var outcomes: [Outcome]
    /// Whether the idempotency key was known, and this is the first answer again.
    public var isReplay: Bool

    public init(outcomes: [Outcome], isReplay: Bool) {
        self.outcomes = outcomes
        self.isReplay = isReplay
    }
}

extension EventRequest {
    /// - Parameter online: asked only where they are meant.
    func event(_ settings: PipelineSettings, online: () -> [UserID] = { [] }, at now: Timestamp) -> Event {
        let hasExpired = expiresAt.map { $0 <= now } ?? false
        let users = topic == .online ? online() : users
        let recipients = users.map { user -> Event.Recipient in
            if let actor, UserID(trusted: actor.id) == user { return Event.Recipient(user, suppression: .own) }
            return Event.Recipient(user, suppression: hasExpired ? .expired : nil)
        }
        return Event(
            type: type, recipients: recipients, topic: topic, channels: channels, actor: actor, target: target,
            title: title,
            message: message,
            excerpt: excerpt.map(Excerpt.shortened), url: url, priority: priority, metadata: metadata,
            expiresAt: expiresAt, occurredAt: occurredAt,
            wantsReceipt: actor != nil && (receipt ?? settings.receiptTypes.contains(type)),
            groupKey: groupKey(settings), grouping: groupingPolicy(settings))
    }
}
