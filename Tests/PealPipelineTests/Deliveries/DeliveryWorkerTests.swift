import PealCore
import Synchronization
import Testing

@testable import PealPipeline

/// From an event to what a provider gets, with a clock that moves when it is told to.
@Suite struct DeliveryWorkerTests {
    private final class Clock: Sendable {
        private let time = Mutex(Timestamp(iso8601: "2026-01-15T12:00:00Z") ?? Timestamp(milliseconds: 0))
        @Sendable func now() -> Timestamp { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
    }

    /// Keeps what it gets, and fails when it is told to.
    private final class Provider: DeliveryProvider {
        let channel = DeliveryChannel.email
        let name = "test"
        private let taken = Mutex<[DeliveryMessage]>([])
        private let failures = Mutex<[DeliveryFailure]>([])

        var messages: [DeliveryMessage] { taken.withLock { $0 } }

        func fail(with failure: DeliveryFailure) { failures.withLock { $0.append(failure) } }

        func deliver(_ message: DeliveryMessage) async throws(DeliveryFailure) {
            taken.withLock { $0.append(message) }
            if let failure = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
        }
    }

    private let clock = Clock()
    private let maria = UserID(trusted: "maria")
    private let provider = Provider()
    private let store: InMemoryStore
    private let worker: DeliveryWorker
    private let links = UnsubscribeLinks(secret: [UInt8](repeating: 7, count: 32))

    init() throws {
        let templates = try Templates()
        let planner = DeliveryPlanner(channels: [.email], policy: PreferencePolicy(), delay: .seconds(10))
        store = InMemoryStore(renderer: templates, planner: planner, clock: clock.now)
        worker = DeliveryWorker(
            store: store,
            writer: DeliveryWriter(
                planner: planner, renderer: templates, links: links, baseURL: "https://peal.example"),
            providers: [provider], alarm: ScheduleAlarm(), patience: RetryPatience(attempts: 3), clock: clock.now)
    }

    @discardableResult
    private func send(
        _ type: String = "news", _ message: String = "m", expiresIn: Duration? = nil
    ) async throws
        -> NotificationID
    {
        let event = Event(
            type: type, recipients: [Event.Recipient(maria)], title: "t", message: message,
            expiresAt: expiresIn.map { clock.now() + $0 })
        guard case .success(.ingest(let outcomes, _)) = await store.write([.ingest(Ingest(event: event))]).first,
            let id = outcomes.first?.notificationID
        else { throw CancellationError() }
        return id
    }

    private func inbox(_ operation: RowOperation, _ id: NotificationID) async {
        _ = await store.write([.inbox(InboxCommand(user: maria, kind: .rows(operation, [id])))])
    }

    private func prefer(_ command: PreferenceCommand) async { _ = await store.write([.preferences(maria, command)]) }

    private func states() async throws -> [Delivery.State] {
        try await store.deliveries(DeliveryQuery()).map(\.state).reversed()
    }

    @Test func itGoesOutOnceItsTimeHasCome() async throws {
        _ = await store.write([.profile(UserProfile(user: maria, name: "Maria", email: "m@a.example", locale: "en"))])
        let id = try await send()
        #expect(await worker.pass() == .seconds(10) && provider.messages.isEmpty)
        clock.advance(by: .seconds(10))
        #expect(await worker.pass() == .seconds(30))
        let message = try #require(provider.messages.first)
        #expect(provider.messages.count == 1 && message.user == maria && message.profile?.email == "m@a.example")
        #expect(message.notifications.map(\.id) == [id] && message.title == "t" && !message.isDigest)
        #expect(message.unreadCount == 1)
        let headers = message.unsubscribeHeaders
        #expect(headers.map(\.name) == ["List-Unsubscribe", "List-Unsubscribe-Post"])
        let token = try #require(headers.first?.value.split(separator: "=").last?.dropLast())
        #expect(links.claim(of: String(token)) == UnsubscribeClaim(user: maria, type: "news"))
        #expect(try await states() == [.sent])
        _ = await worker.pass()
        #expect(provider.messages.count == 1)
    }

    /// Asked when it is due, not when it was planned.
    @Test func whatIsReadByThenIsNotSent() async throws {
        for operation in [RowOperation.read, .archive, .delete, .snooze] {
            let id = try await send()
            if operation == .snooze {
                let until = clock.now() + .seconds(3600)
                _ = await store.write([.inbox(InboxCommand(user: maria, kind: .snooze([id], until: until)))])
            } else {
                await inbox(operation, id)
            }
        }
        let ending = try await send(expiresIn: .seconds(5))
        clock.advance(by: .seconds(10))
        _ = await store.write([.settle(maria, [ending])])
        _ = await worker.pass()
        #expect(provider.messages.isEmpty)
        #expect(try await states() == [.skipped, .skipped, .skipped, .skipped, .skipped])
    }

    @Test func whatIsSwitchedOffByThenIsNotSent() async throws {
        try await send()
        await prefer(.set(.email, .off, type: "news"))
        clock.advance(by: .seconds(10))
        _ = await worker.pass()
        #expect(provider.messages.isEmpty)
        #expect(try await store.deliveries(DeliveryQuery()).first?.reason == "preference")
    }

    @Test func aSilenceThatBeganSinceHoldsItBack() async throws {
        try await send()
        let end = clock.now() + .seconds(3600)
        await prefer(.replace(Preferences(doNotDisturb: DoNotDisturb(until: end))))
        clock.advance(by: .seconds(10))
        _ = await worker.pass()
        #expect(provider.messages.isEmpty)
        let held = try #require(try await store.deliveries(DeliveryQuery()).first)
        #expect(held.state == .pending && held.dueAt == end && held.failures == 0)
        clock.advance(by: .seconds(3590))
        _ = await worker.pass()
        #expect(provider.messages.count == 1)
    }

    @Test(arguments: [
        ("en", "3 new notifications"), ("pt-BR", "3 novas notificações"), ("es", "3 notificaciones nuevas"),
    ])
    func aDigestTellsWhatIsStillUnread(_ locale: String, _ title: String) async throws {
        _ = await store.write([.profile(UserProfile(user: maria, locale: locale))])
        await prefer(.set(.email, .digest(.hourly), type: "news"))
        var ids: [NotificationID] = []
        for number in 0..<4 {
            ids.append(try await send("news", "n\(number)"))
            clock.advance(by: .seconds(60))
        }
        await inbox(.read, ids[1])
        clock.advance(by: .seconds(3600))
        _ = await worker.pass()
        let message = try #require(provider.messages.first)
        #expect(provider.messages.count == 1 && message.isDigest && message.title == title)
        #expect(message.notifications.map(\.message) == ["n3", "n2", "n0"])
        #expect(message.unreadCount == 3)
    }

    @Test func oneThatIsLeftIsTitledByItself() async throws {
        await prefer(.set(.email, .digest(.hourly), type: "news"))
        try await send()
        let other = try await send()
        await inbox(.read, other)
        clock.advance(by: .seconds(3600))
        _ = await worker.pass()
        #expect(provider.messages.map(\.title) == ["t"])
    }

    /// Twice as long after each failure, then not any more.
    @Test func whatFailsIsTriedAgainLaterAndGivenUpInTheEnd() async throws {
        try await send()
        clock.advance(by: .seconds(10))
        for expected in [0.8...1.2, 1.6...2.4] {
            provider.fail(with: DeliveryFailure("busy"))
            let rest = await worker.pass()
            #expect(expected.contains(rest / .seconds(1)), "\(rest)")
            clock.advance(by: .seconds(3))
        }
        provider.fail(with: DeliveryFailure("busy"))
        _ = await worker.pass()
        #expect(try await states() == [.failed] && provider.messages.count == 3)
        #expect(Set(provider.messages.map(\.id)).count == 1, "the same id for every attempt")
        #expect(try await store.deliveries(DeliveryQuery()).first?.reason == "busy")
    }

    @Test func whatIsRefusedForGoodIsGivenUpAtOnce() async throws {
        try await send()
        clock.advance(by: .seconds(10))
        provider.fail(with: DeliveryFailure("gone", isPermanent: true))
        _ = await worker.pass()
        #expect(try await states() == [.failed] && provider.messages.count == 1)
    }

    @Test func theOtherSideMayAskForMorePatience() async throws {
        try await send()
        clock.advance(by: .seconds(10))
        provider.fail(with: DeliveryFailure("busy", retryAfter: .seconds(120)))
        _ = await worker.pass()
        let dueAt = try #require(try await store.deliveries(DeliveryQuery()).first?.dueAt)
        #expect(dueAt == clock.now() + .seconds(120))
    }

    @Test func thoseOfOneUserKeepTheirOrder() async throws {
        for number in 0..<20 {
            try await send("news", "n\(number)")
            clock.advance(by: .milliseconds(1))
        }
        clock.advance(by: .seconds(10))
        _ = await worker.pass()
        #expect(provider.messages.map { $0.notifications[0].message } == (0..<20).map { "n\($0)" })
    }

    /// As after a crash: somebody claimed it and was not heard of again.
    @Test func aClaimThatEndsIsTakenOver() async throws {
        try await send()
        clock.advance(by: .seconds(10))
        let ids = try await store.dueDeliveries(at: clock.now(), limit: 9).ids
        _ = await store.write([.delivery(.claim(ids, until: clock.now() + .seconds(60)))])
        #expect(await worker.pass() == .seconds(30) && provider.messages.isEmpty)
        clock.advance(by: .seconds(60))
        _ = await worker.pass()
        #expect(provider.messages.map(\.id) == ids)
        #expect(try await states() == [.sent])
    }

    @Test func thoseThatAreOverAreForgottenAfterAWeek() async throws {
        try await send()
        clock.advance(by: .seconds(10))
        _ = await worker.pass()
        clock.advance(by: .seconds(7 * 86_400))
        _ = await worker.pass()
        #expect(try await states() == [.sent])
        clock.advance(by: .seconds(1))
        _ = await worker.pass()
        #expect(try await states() == [])
    }
}
