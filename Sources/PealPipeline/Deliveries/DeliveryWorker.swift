public import Logging
import Metrics
public import PealCore

/// Sends what is due, if it is still to be told then.
///
/// It claims a delivery before it sends it, under a token that whoever claims it next makes worthless. A process that dies in
/// between leaves a claim that ends, and the delivery goes out again under the same id: at least once (RULES 19).
public struct DeliveryWorker: Sendable {
    private let store: any Store
    private let writer: DeliveryWriter
    private let providers: [DeliveryChannel: any DeliveryProvider]
    private let alarm: ScheduleAlarm
    private let patience: RetryPatience
    private let retention: Duration
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let metrics: DeliveryMetrics

    /// Deliveries that are under way at the same time.
    static let stepSize = 16
    /// How long one may take before somebody else may try: longer than any provider waits for an answer.
    static let claimTime: Duration = .seconds(30)
    /// How many that are over are forgotten at once.
    static let forgetLimit = 256

    /// Make it after the metrics system has been set up.
    ///
    /// - Parameters:
    ///   - providers: one for each channel that is served.
    ///   - alarm: raised where something is planned.
    ///   - retention: how long one that is over can be looked at.
    public init(
        store: any Store, writer: DeliveryWriter, providers: [any DeliveryProvider], alarm: ScheduleAlarm,
        patience: RetryPatience = RetryPatience(), retention: Duration = .seconds(7 * 86_400),
        clock: @escaping @Sendable () -> Timestamp, logger: Logger = Logger(label: "peal.deliveries")
    ) {
        self.store = store
        self.writer = writer
        self.providers = Dictionary(providers.map { ($0.channel, $0) }) { first, _ in first }
        self.alarm = alarm
        self.patience = patience
        self.retention = retention
        self.clock = clock
        self.logger = logger
        metrics = DeliveryMetrics(channels: providers.map(\.channel))
    }

    /// Until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let rest = await pass()
            await alarm.rest(atMost: rest)
        }
    }

    /// Sends all that is due.
    ///
    /// - Returns: how long to rest.
    public func pass() async -> Duration {
        alarm.look()
        do throws(StoreError) {
            while !Task.isCancelled {
                let due = try await store.dueDeliveries(at: clock(), limit: Self.stepSize)
                guard !due.entries.isEmpty else {
                    metrics.waiting(try await store.pendingDeliveryCount())
                    try await forget()
                    return alarm.looked(next: due.next, hasFailed: false, at: clock())
                }
                try await send(due.entries)
            }
        } catch {
            if error.code != .closed { logger.warning("Deliveries wait", metadata: ["error": "\(error)"]) }
        }
        return alarm.looked(next: nil, hasFailed: true, at: clock())
    }

    private func send(_ entries: [DueDeliveries.Entry]) async throws(StoreError) {
        // One of each user, so that theirs stay in their order; the next has its turn when that is done.
        var users: Set<UserID> = []
        let ids = entries.filter { users.insert($0.user).inserted }.map(\.id)
        let end = clock() + Self.claimTime
        guard case .deliveries(let claimed) = try await store.write([.delivery(.claim(ids, until: end))]).first?.get()
        else { return }
        let problems = await withTaskGroup(of: StoreError?.self) { group in
            for delivery in claimed {
                group.addTask {
                    do throws(StoreError) {
                        try await carryOut(delivery)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: [StoreError]()) { if let problem = $1 { $0.append(problem) } }
        }
        if let problem = problems.first { throw problem }
    }

    private func carryOut(_ delivery: Delivery) async throws(StoreError) {
        guard let content = try await store.content(ofDelivery: delivery.id) else { return }
        let outcome: DeliveryOutcome
        switch writer.decide(content, at: clock()) {
        case .skip(let reason): outcome = .skipped(reason: reason)
        case .hold(let end): outcome = .later(end, reason: nil)
        case .send(let message):
            // A channel that was served when it was planned.
            guard let provider = providers[delivery.channel] else {
                try await complete(delivery, .failed(reason: "nobody serves \(delivery.channel.rawValue)"))
                return
            }
            outcome = await attempt(message, delivery, by: provider)
        }
        try await complete(delivery, outcome)
    }

    private func attempt(
        _ message: DeliveryMessage, _ delivery: Delivery, by provider: any DeliveryProvider
    ) async -> DeliveryOutcome {
        do throws(DeliveryFailure) {
            try await provider.deliver(message)
            return .sent
        } catch {
            logger.warning(
                "A delivery failed",
                metadata: [
                    "delivery": "\(delivery.id)", "channel": "\(delivery.channel.rawValue)",
                    "provider": "\(provider.name)", "attempt": "\(delivery.failures + 1)", "reason": "\(error.reason)",
                ])
            guard !error.isPermanent, let rest = patience.rest(after: delivery.failures + 1, asked: error.retryAfter)
            else { return .failed(reason: error.reason) }
            return .later(clock() + rest, reason: error.reason)
        }
    }

    private func complete(_ delivery: Delivery, _ outcome: DeliveryOutcome) async throws(StoreError) {
        let result = await store.write([.delivery(.complete(delivery.id, token: delivery.token, outcome))]).first
        switch result {
        case .success: metrics.count(delivery, outcome, at: clock())
        // Erased, or too slow: whoever has it now says what became of it.
        case .failure(let error) where error.code == .notFound || error.code == .conflict: return
        case .failure(let error): throw error
        case nil: return
        }
    }

    private func forget() async throws(StoreError) {
        let time = clock() + .milliseconds(-retention.wholeMilliseconds)
        let result = await store.write([.delivery(.forget(before: time, limit: Self.forgetLimit))]).first
        if case .failure(let error) = result { throw error }
    }
}

/// How long to wait before a delivery is tried again: twice as long after each failure, up to an hour, and never all at the same
/// moment.
public struct RetryPatience: Sendable {
    private let attempts: Int

    private static let shortest: Duration = .seconds(1)
    private static let longest: Duration = .seconds(3600)

    /// - Parameter attempts: `delivery.attempts`, after which a delivery is given up.
    public init(attempts: Int = 8) { self.attempts = attempts }

    /// - Returns: nil where it is to be given up.
    func rest(after failures: Int, asked: Duration?) -> Duration? {
        guard failures < attempts else { return nil }
        let doubled = Self.shortest * (1 << min(failures - 1, 12))
        let rest = min(doubled, Self.longest) * Double.random(in: 0.8...1.2)
        return max(rest, min(asked ?? .zero, Self.longest))
    }
}

/// What becomes of deliveries.
struct DeliveryMetrics: Sendable {
    private struct Counters: Sendable {
        let sent: Counter
        let failed: Counter
        let retried: Counter
    }

    private let pending = Gauge(label: "deliveries_pending")
    private let lateness = Timer(label: "delivery_lateness_seconds")
    private let counters: [DeliveryChannel: Counters]

    init(channels: [DeliveryChannel]) {
        counters = Dictionary(
            channels.map { channel in
                let dimensions = [("channel", channel.rawValue)]
                return (
                    channel,
                    Counters(
                        sent: Counter(label: "deliveries_sent_total", dimensions: dimensions),
                        failed: Counter(label: "deliveries_failed_total", dimensions: dimensions),
                        retried: Counter(label: "delivery_retries_total", dimensions: dimensions))
                )
            }, uniquingKeysWith: { first, _ in first })
    }

    func waiting(_ count: Int) { pending.record(count) }

    func count(_ delivery: Delivery, _ outcome: DeliveryOutcome, at now: Timestamp) {
        switch outcome {
        case .sent:
            counters[delivery.channel]?.sent.increment()
            if delivery.failures == 0 { lateness.record(duration: max(.zero, now - delivery.plannedAt)) }
        case .skipped(let reason):
            Counter(
                label: "deliveries_skipped_total",
                dimensions: [("channel", delivery.channel.rawValue), ("reason", reason)]
            ).increment()
        case .failed: counters[delivery.channel]?.failed.increment()
        case .later(_, let reason): if reason != nil { counters[delivery.channel]?.retried.increment() }
        }
    }
}
