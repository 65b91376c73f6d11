import NIOCore
import PealCore
import Synchronization
import Testing

@testable import PealGateway

/// Promise 2 and 3 on the machine: whatever is lost, repeated, overtaken, slow or cut off, a client ends up with the
/// store's state, without a gap and without getting anything twice.
@Suite struct ConvergenceTests {
    @Test func clientsConverge() async throws {
        let seed = TestSeed.make()
        for round in 0..<25 { try await Run(seed: seed &+ UInt64(round)).play() }
    }

    /// The same in the other dialects, as far as their frames can tell: the count, the place, and every row that calls for
    /// attention.
    @Test(arguments: [Dialect.inbox, .rooms, .chat])
    func clientsOfDialectsConverge(dialect: Dialect) async throws {
        let seed = TestSeed.make()
        for round in 0..<15 { try await Run(seed: seed &+ UInt64(round), dialect: dialect).play() }
    }

    private final class Run {
        let dialect: Dialect
        let seed: UInt64
        var random: SeededGenerator
        let published = Published()
        let store: InMemoryStore
        var clients: [Client] = []
        var now: Tick = 1000
        var ids: [NotificationID] = []

        final class Published: Sendable {
            let batches = Mutex<[Publication]>([])
        }

        init(seed: UInt64, dialect: Dialect = .peal) {
            self.dialect = dialect
            self.seed = seed
            random = SeededGenerator(seed: seed)
            let published = published
            let time = Mutex(Int64(1_768_478_400_000))
            store = InMemoryStore(
                renderer: PlainRenderer(),
                clock: {
                    Timestamp(
                        milliseconds: time.withLock {
                            $0 += 7; return $0
                        })
                },
                publish: { batch in published.batches.withLock { $0 += batch } })
        }

        func play() async throws {
            for number in 1...3 { clients.append(Client(number, store, dialect, now: now)) }
            for _ in 0..<400 {
                now += .random(in: 0...1, using: &random)
                switch Int.random(in: 0..<12, using: &random) {
                case 0..<4: try await write()
                case 4, 5: await command()
                case 6: clients.randomElement(using: &random)?.reconnect(now: now)
                default: break
                }
                deliver()
                for client in clients { await client.turn(&random, now: now) }
            }
            try await settle()
        }

        private func write() async throws {
            let key: String? = Bool.random(using: &random) ? "g\(Int.random(in: 0..<3, using: &random))" : nil
            let event = Event(
                type: "like", recipients: [.init(maria)],
                actor: Actor(id: "a\(Int.random(in: 0..<9, using: &random))"),
                message: String(repeating: "x", count: .random(in: 1...300, using: &random)), groupKey: key)
            let answer = await store.write([.ingest(Ingest(event: event))]).first
            guard case .success(.ingest(let outcomes, _)) = answer else { return }
            ids += outcomes.compactMap(\.notificationID)
        }

        private func command() async {
            guard let id = ids.randomElement(using: &random), let client = clients.randomElement(using: &random) else {
                return
            }
            let other = ids.randomElement(using: &random) ?? id
            let texts = [
                #""mark_read","notification_id":"\#(id)""#, #""mark_unread","notification_id":"\#(id)""#,
                #""archive","notification_id":"\#(id)""#, #""delete","notification_id":"\#(id)""#,
                #""mark_read","notification_ids":["\#(id)","\#(other)"]"#, #""mark_seen","notification_id":"\#(id)""#,
                #""mark_all_read","up_to_seq":\#(client.model.seq)"#, #""mark_all_seen""#,
            ]
            await client.command(texts.randomElement(using: &random) ?? "")
        }

        /// The bus: loses, repeats, and lets one overtake another.
        private func deliver() {
            var batch = published.batches.withLock { batches in
                defer { batches = [] }
                return batches
            }
            // Only what different publishers sent may be overtaken.
            if batch.allSatisfy({ $0.origin == nil }), Bool.random(using: &random) { batch.shuffle(using: &random) }
            for publication in batch {
                let isOwnAnswer = publication.origin != nil
                for client in clients {
                    if !isOwnAnswer, Int.random(in: 0..<10, using: &random) == 0 { continue }
                    let times = Int.random(in: 0..<8, using: &random) == 0 ? 2 : 1
                    for _ in 0..<times { client.publish(SharedFrame(publication, receivedAt: 0)) }
                }
            }
        }

        private func settle() async throws {
            deliver()
            let inbox = try await store.inbox(of: maria)
            for client in clients {
                for _ in 0..<60 {
                    now += 1
                    client.headIs(inbox.seq)
                    await client.turn(&random, now: now, isPatient: true)
                }
                guard dialect == .peal else {
                    try await compare(client, with: inbox)
                    continue
                }
                let model = client.model
                #expect(model.complaints == [], "seed \(seed)")
                #expect(model.seq == inbox.seq, "seed \(seed), \(client.session.phase)")
                #expect(model.unread == Int64(inbox.unreadCount), "seed \(seed)")
                #expect(model.unseen == Int64(inbox.unseenCount), "seed \(seed)")
                #expect(
                    Set(client.commands).isSubset(of: Set(model.replies)), "seed \(seed): a command without a reply")
                let page = try await store.page(PageQuery(user: maria, limit: 1000))
                for row in page.rows {
                    guard let known = model.active["\(row.id)"] else {
                        #expect(model.isPartial, "seed \(seed): \(row.id) is missing")
                        continue
                    }
                    #expect(
                        known.isLatest(row, isPartial: model.isPartial),
                        "seed \(seed), \(row.id): \(known) instead of \(row)")
                }
                #expect(model.isPartial || model.active.count == page.rows.count, "seed \(seed)")
            }
        }

        private func compare(_ client: Client, with inbox: Inbox) async throws {
            let model = client.dialectModel
            #expect(client.session.seq == inbox.seq && client.session.sentSeq == inbox.seq, "seed \(seed)")
            #expect(model.seq == inbox.seq, "seed \(seed): the last frame says where the client is")
            #expect(model.unread == Int64(inbox.unreadCount), "seed \(seed)")
            #expect(Set(client.commands).isSubset(of: Set(model.replies)), "seed \(seed): a command without a reply")
            guard !model.wasReset else { return }
            for row in try await store.page(PageQuery(user: maria, limit: 1000, status: .unread)).rows {
                #expect(model.statuses["\(row.id)"] == "unread", "seed \(seed): \(row.id)")
            }
        }
    }

    /// A client with its session; both ends of one connection.
    private final class Client {
        var session: Session
        var model = ClientModel()
        var dialectModel = DialectModel()
        var commands: [Int64] = []
        private let store: InMemoryStore
        private var action = SessionAction.none
        private var reads: [StoreRead] = []
        private var answers: [StoreAnswer] = []
        private var nextCommand: Int64 = 0
        private var nextID: UInt64

        private let dialect: Dialect

        /// - Parameter number: tells the clients of a run apart.
        init(_ number: Int, _ store: InMemoryStore, _ dialect: Dialect, now: Tick) {
            self.store = store
            self.dialect = dialect
            nextID = UInt64(number) << 32
            session = Self.session(nextID, store, dialect, now)
            reconnect(now: now)
        }

        private static func session(
            _ id: UInt64, _ store: InMemoryStore, _ dialect: Dialect, _ now: Tick
        ) -> Session {
            var settings = GatewaySettings()
            settings.queueBytes = 6000
            settings.syncPageLimit = 7
            return Session(
                id: id, user: maria, tag: store.epoch.tag(for: maria), wire: dialect == .peal ? .json : .webSocket,
                dialect: dialect, rules: SessionRules(settings), now: now)
        }

        func reconnect(now: Tick) {
            nextID &+= 1
            session = Self.session(nextID, store, dialect, now)
            // What was asked on the old connection is answered by nobody.
            commands = []
            reads = []
            answers = []
            model.connect()
            // Without a cursor the other dialects begin with the next change.
            let cursor = dialect == .peal ? model.cursor : dialectModel.cursor ?? "\(session.tag).0"
            carryOut(session.start(since: Since(cursor, tag: session.tag), limit: 200))
        }

        func publish(_ frame: SharedFrame) { carryOut(session.publish(frame)) }
        func headIs(_ head: Seq) { carryOut(session.headIs(head)) }

        func command(_ text: String) async {
            guard session.canReceive else { return }
            nextCommand += 1
            commands.append(nextCommand)
            let message = #"{"id":\#(nextCommand),"type":\#(text)}"#
            let action = session.receive(Array(message.utf8), at: 0, time: noon)
            guard case .submit(let kind, let requestID) = action else { return carryOut(action) }
            _ = await store.write([
                .inbox(
                    InboxCommand(
                        user: maria, kind: kind, origin: CommandOrigin(session: session.id, requestID: requestID)))
            ])
        }

        private func carryOut(_ action: SessionAction) {
            if case .read(let read) = action { reads.append(read) }
        }

        /// Some of what is due happens: the store answers, the gap wait ends, the socket takes a few frames.
        func turn(_ random: inout SeededGenerator, now: Tick, isPatient: Bool = false) async {
            func chance() -> Bool { isPatient || Int.random(in: 0..<3, using: &random) == 0 }
            if !reads.isEmpty, chance() {
                let read = reads.removeFirst()
                if let answer = try? await answer(read) { answers.append(answer) }
            }
            if !answers.isEmpty, chance() { carryOut(session.complete(answers.removeFirst(), at: now)) }
            if chance() { carryOut(session.gapExpired(at: now)) }
            guard chance() else { return }
            for _ in 0..<(isPatient ? 100 : Int.random(in: 0...6, using: &random)) {
                guard let frame = session.next() else {
                    carryOut(session.drained(at: now))
                    break
                }
                guard dialect == .peal else {
                    var bytes = Array(frame.bytes.readableBytesView)
                    for message in ServerFrame.take(from: &bytes) { dialectModel.apply(message.payload, dialect) }
                    continue
                }
                if let json = try? JSON.parse(frame.bytes.readableBytesView) { model.apply(json) }
            }
        }

        private func answer(_ read: StoreRead) async throws -> StoreAnswer? {
            switch read {
            case .page(let limit, let reset, let status):
                .page(try await store.page(PageQuery(user: maria, limit: limit, status: status)), reset: reset)
            case .head: .head(try await store.inbox(of: maria))
            case .changes(let after, let limit, _), .resume(let after, let limit):
                .changes(try await store.changes(of: maria, after: after, limit: limit))
            case .list, .counts: nil
            }
        }
    }
}
