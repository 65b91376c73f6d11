public import Logging
import Metrics
public import PealCore

/// Takes events to the members of topics, a few members at a time, also those that an earlier process had begun.
///
/// Each step is one transaction of the store, so that no moment at which the process dies leaves a member out or tells one twice.
public struct FanOutWorker: Sendable {
    private let store: any Store
    private let alarm: ScheduleAlarm
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let outcomes = PipelineMetrics()
    private let metrics = FanOutMetrics()

    /// Fan-outs that are under way at the same time take turns; so many of them.
    static let turns = 16
    /// Steps that are given to the store at once.
    static let stepsAtOnce = 8
    /// How many that are over are forgotten at once.
    static let forgetLimit = 256

    /// Make it after the metrics system has been set up.
    ///
    /// - Parameter alarm: the pipeline's for fan-outs; the schedule worker raises it too.
    public init(
        store: any Store, alarm: ScheduleAlarm, clock: @escaping @Sendable () -> Timestamp,
        logger: Logger = Logger(label: "peal.topics")
    ) {
        self.store = store
        self.alarm = alarm
        self.clock = clock
        self.logger = logger
    }

    /// Until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let rest = await pass()
            await alarm.rest(atMost: rest)
        }
    }

    /// Finishes all that is under way.
    ///
    /// - Returns: how long to rest.
    public func pass() async -> Duration {
        alarm.look()
        do throws(StoreError) {
            while !Task.isCancelled {
                let running = try await store.runningFanOuts(limit: Self.turns)
                metrics.running(running.count)
                guard !running.isEmpty else { break }
                try await step(running)
            }
            try await forget()
            return alarm.looked(next: nil, hasFailed: false, at: clock())
        } catch {
            if error.code != .closed { logger.warning("Fan-outs wait", metadata: ["error": "\(error)"]) }
            return alarm.looked(next: nil, hasFailed: true, at: clock())
        }
    }

    /// A few steps of each, in turn.
    ///
    /// - Throws: where nothing can be stored now, or one of them cannot go on.
    private func step(_ running: [NotificationID]) async throws(StoreError) {
        let rounds = max(1, Self.stepsAtOnce / running.count)
        let steps = (0..<rounds).flatMap { _ in running }
        var over: Set<NotificationID> = []
        for result in await store.write(steps.map { .fanOut(.step($0)) }) {
            switch result {
            case .success(.fanOut(let fanOut, let became)):
                outcomes.count(became)
                // Steps behind its last one find it over as well.
                if let finishedAt = fanOut.finishedAt, over.insert(fanOut.id).inserted {
                    metrics.ended(after: max(.zero, finishedAt - fanOut.createdAt))
                }
            case .success: break
            // Forgotten by somebody else.
            case .failure(let error) where error.code == .notFound: continue
            case .failure(let error): throw error
            }
        }
    }

    private func forget() async throws(StoreError) {
        let time = clock() + .milliseconds(-FanOut.memory.wholeMilliseconds)
        let result = await store.write([.fanOut(.forget(before: time, limit: Self.forgetLimit))]).first
        if case .failure(let error) = result { throw error }
    }
}

/// What becomes of fan-outs.
struct FanOutMetrics: Sendable {
    private let runningCount = Gauge(label: "fanouts_running")
    private let duration = Timer(label: "fanout_duration_seconds")

    func running(_ count: Int) { runningCount.record(count) }

    func ended(after time: Duration) { duration.record(duration: time) }
}
