import PealCore
import PealSQL
import Testing

extension TestStore {
    /// Accepts an event for later.
    @discardableResult
    func schedule(_ event: Event, in seconds: Int, key: IdempotencyKey? = nil) async throws -> [Outcome] {
        let ingest = Ingest(event: event, idempotency: key, sendAt: clock.now + .seconds(seconds))
        guard case .ingest(let outcomes, _) = try await write(.ingest(ingest)) else { throw UnexpectedAnswer() }
        return outcomes
    }

    /// The same for one that has one recipient, or several that share a schedule.
    func scheduleID(_ event: Event, in seconds: Int) async throws -> NotificationID {
        try #require(try await schedule(event, in: seconds).compactMap(\.scheduleID).first)
    }

    @discardableResult
    func sendDue(_ id: NotificationID) async throws -> [Outcome] {
        guard case .ingest(let outcomes, false) = try await write(.schedule(.send(id))) else {
            throw UnexpectedAnswer()
        }
        return outcomes
    }

    func waiting(for user: UserID? = nil) async throws -> [Schedule] {
        try await store.schedules(ScheduleQuery(user: user, limit: 1000)).schedules
    }

    /// Sends all that is due, as the worker would.
    func sendAllDue() async throws {
        for position in try await store.dueSchedules(at: clock.now, after: nil, limit: 1000).positions {
            _ = await store.write([.schedule(.send(position.id))])
        }
    }
}

func code(of result: Result<MutationAnswer, StoreError>) -> StoreError.Code? {
    if case .failure(let error) = result { error.code } else { nil }
}
