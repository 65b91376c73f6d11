public import Logging
import Metrics
public import PealCore

/// Sends events when their time has come, also those whose time came while no server ran.
///
/// An event is sent and its schedule removed in one transaction of the store, so that no moment at which the process dies loses
/// it or sends it twice. Whoever else would send it, or cancel it, finds it gone.
public struct ScheduleWorker: Sendable {
    private let store: any Store
    private let alarm: ScheduleAlarm
    private let fanOutAlarm: ScheduleAlarm
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let outcomes = PipelineMetrics()
    private let metrics = ScheduleMetrics()

    /// Schedules of one step. Between two steps the store does what others want of it.
    static let stepSize = 32

    /// Make it after the metrics system has been set up.
    ///
    /// - Parameters:
    ///   - alarm: the pipeline's.
    ///   - fanOutAlarm: the one of the worker that goes through the members of topics.
    public init(
        store: any Store, alarm: ScheduleAlarm, fanOutAlarm: ScheduleAlarm = ScheduleAlarm(),
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger = Logger(label: "peal.schedules")
    ) {
        self.store = store
        self.alarm = alarm
        self.fanOutAlarm = fanOutAlarm
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

    /// Sends all that is due, in its order.
    ///
    /// - Returns: how long to rest.
    public func pass() async -> Duration {
        alarm.look()
        var position: Schedule.Position?
        var hasFailed = false
        do throws(StoreError) {
            while !Task.isCancelled {
                let due = try await store.dueSchedules(at: clock(), after: position, limit: Self.stepSize)
                if try await !send(due.positions) { hasFailed = true }
                guard due.positions.count == Self.stepSize else {
                    metrics.waiting(try await store.scheduleCount())
                    return alarm.looked(next: due.next, hasFailed: hasFailed, at: clock())
                }
                position = due.positions.last
            }
        } catch {
            if error.code != .closed { logger.warning("Scheduled events wait", metadata: ["error": "\(error)"]) }
        }
        return alarm.looked(next: nil, hasFailed: true, at: clock())
    }

    /// - Returns: false where one could not be sent and is still there.
    /// - Throws: where nothing can be stored now.
    private func send(_ due: [Schedule.Position]) async throws(StoreError) -> Bool {
        guard !due.isEmpty else { return true }
        var isComplete = true
        let results = await store.write(due.map { .schedule(.send($0.id)) })
        for (position, result) in zip(due, results) {
            switch result {
            case .success(.ingest(let sent, _)):
                outcomes.count(sent)
                if sent.first?.kind == .accepted { fanOutAlarm.added(clock()) }
                metrics.sent(late: clock() - position.sendAt)
            case .success: isComplete = false
            // Cancelled, or sent by somebody else.
            case .failure(let error) where error.code == .notFound: continue
            // By the store's clock, which has been set back, its time has not come.
            case .failure(let error) where error.code == .conflict: isComplete = false
            case .failure(let error) where error.code == .unavailable || error.code == .closed: throw error
            case .failure(let error):
                isComplete = false
                logger.error(
                    "A scheduled event could not be sent",
                    metadata: ["schedule": "\(position.id)", "error": "\(error)"])
            }
        }
        return isComplete
    }
}

/// What becomes of events that wait.
struct ScheduleMetrics: Sendable {
    private let pending = Gauge(label: "schedules_pending")
    private let sentCount = Counter(label: "schedules_sent_total")
    private let cancelledCount = Counter(label: "schedules_cancelled_total")
    private let lateness = Timer(label: "schedule_lateness_seconds")

    func waiting(_ count: Int) { pending.record(count) }

    func sent(late: Duration) {
        sentCount.increment()
        lateness.record(duration: max(.zero, late))
    }

    func cancelled(_ count: Int) { cancelledCount.increment(by: count) }
}
