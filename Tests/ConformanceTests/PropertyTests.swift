import PealCore
import PealPipeline
import PealSQL
import PealSQLite
import Testing

/// Random operations on a few users, each compared with ``ModelInbox``: `make property` runs a million on each driver.
@Suite struct PropertyTests {
    @Test(arguments: StoreDriver.allCases)
    func anyMixOfOperationsLeavesTheModelsInbox(_ driver: StoreDriver) async throws {
        let random = SeededGenerator.fromEnvironment()
        print("\(driver): PEAL_SEED=\(random.seed)")
        // Marks are written into rows all the time, beside everything else.
        var options = SQLiteStoreOptions()
        options.foldLimit = 1
        try await withStore(driver, options: options) { test in
            var run = PropertyRun(test: test, random: random)
            let wanted = propertyOperations(4000)
            var step = 0
            while run.operations < wanted {
                step += 1
                try await run.step()
                if step.isMultiple(of: 10) { try await run.compareAll() }
                if step.isMultiple(of: 500) {
                    run.checkPublications()
                    try await test.reopen()
                }
                guard !run.hasFailed else {
                    Issue.record("failed at step \(step); repeat with PEAL_SEED=\(random.seed)")
                    return
                }
            }
            run.checkPublications()
            #expect(driver == .memory || test.foldCount > 0, "nothing was folded; PEAL_SEED=\(random.seed)")
            #expect(run.replays > 0 && run.late > 0, "nothing was repeated or overtaken; PEAL_SEED=\(random.seed)")
            #expect(run.unwanted > 0 && run.sent > 0 && run.spreads > 0, "nothing waited; PEAL_SEED=\(random.seed)")
            let audit = await Auditor(store: test.store, pace: .zero).pass()
            #expect(audit.inboxes == run.users.count && audit.drift == 0)
            print("\(driver): \(run.operations) operations, \(audit.inboxes) inboxes audited, drift \(audit.drift)")
        }
    }
}

struct PropertyRun {
    let test: TestStore
    var random: SeededGenerator
    let users = ["maria", "caf\u{E9}", "cafe\u{301}", "👩🏽‍🚀"].map(UserID.init(trusted:))
    var inboxes: [UserID: ModelInbox] = [:]
    var clients: [UserID: [ModelClient]] = [:]
    var acts = ModelActs()
    var later = ModelLater()
    /// The publications of each user that were looked at.
    var heads: [UserID: Seq] = [:]
    var operations = 0
    var replays = 0
    /// Events that came after they had been taken back.
    var late = 0
    /// Events that their reader did not want.
    var unwanted = 0
    /// Scheduled events that were sent, and steps of fan-outs.
    var sent = 0
    var spreads = 0
    var hasFailed = false

    init(test: TestStore, random: SeededGenerator) {
        self.test = test
        self.random = random
        for user in users {
            inboxes[user] = ModelInbox()
            clients[user] = [ModelClient(), ModelClient()]
        }
    }

    /// A few mutations in one batch, or one alone.
    mutating func step() async throws {
        if chance(3) { test.clock.advance(by: .milliseconds(Int.random(in: 0...4000, using: &random))) }
        let count = chance(4) ? Int.random(in: 2...6, using: &random) : 1
        let mutations = (0..<count).map { _ in mutation() }
        let results = await test.store.write(mutations)
        check(results.count == count, "as many answers as questions")
        for (mutation, result) in zip(mutations, results) { try follow(mutation, result) }
        operations += count
        let touched = Set(mutations.flatMap(\.users))
        for user in users where touched.contains(user) { try await compareCounts(of: user) }
        if chance(6) { try await settle() }
        if chance(25) { try await retain() }
        if chance(8) { try await sendDue() }
        if chance(8) { try await spread() }
        if chance(5) { try await syncClient() }
    }

    mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

    mutating func check(_ condition: Bool, _ what: @autoclosure () -> Comment) {
        if !condition {
            hasFailed = true
            Issue.record(what())
        }
    }
}

// MARK: - Operations

extension PropertyRun {
    private mutating func mutation() -> Mutation {
        if Int.random(in: 0..<10, using: &random) < 4 {
            if chance(6), let known = acts.answered(at: test.clock.now, &random) {
                return .ingest(known)
            }
            var event = event()
            if chance(12) {
                event.topic = topic()
                event.recipients = []
            }
            let key = chance(4) ? acts.newKey() : nil
            return .ingest(Ingest(event: event, idempotency: key, sendAt: chance(7) ? sendAt() : nil))
        }
        if chance(12) { return .retract(retraction()) }
        let user = users[Int.random(in: 0..<users.count, using: &random)]
        if chance(25) { return preference(of: user) }
        if chance(25) { return membership() }
        if chance(60) { return takeBackFromTopic() }
        if chance(40), let waiting = later.waiting.randomElement(using: &random) {
            return .schedule(.cancel(waiting.id))
        }
        if chance(60), let spreading = later.spreading.randomElement(using: &random) {
            return .fanOut(.cancel(spreading.id))
        }
        if chance(6) {
            let mark = Mark.allCases[Int.random(in: 0...1, using: &random)]
            let head = inboxes[user]?.seq ?? 0
            let lowest = chance(4) ? 0 : max(0, head - 5)
            let limit = chance(3) ? nil : Seq.random(in: lowest...(head + 2), using: &random)
            return .inbox(InboxCommand(user: user, kind: .mark(mark, upTo: limit)))
        }
        let operation = RowOperation.commands[Int.random(in: 0..<RowOperation.commands.count, using: &random)]
        let rows = inboxes[user]?.rows ?? []
        var ids: [NotificationID] = []
        for _ in 0..<(chance(4) ? 3 : 1) {
            // Mostly recent rows, so that states meet groups and marks.
            guard
                let row = chance(3) ? rows.randomElement(using: &random) : rows.suffix(6).randomElement(using: &random)
            else { continue }
            if row.standing != .deleted || chance(8) { ids.append(row.id) }
        }
        if ids.isEmpty || chance(50) {
            ids.append(NotificationID(high: 7, low: UInt64.random(in: 0...9, using: &random)))
        }
        if chance(10) { return .deliver(user, ids) }
        guard operation == .snooze else { return .inbox(InboxCommand(user: user, kind: .rows(operation, ids))) }
        let until = test.clock.now + .milliseconds(Int.random(in: 1...8000, using: &random))
        return .inbox(InboxCommand(user: user, kind: .snooze(ids, until: until)))
    }

    mutating func retraction() -> Retraction {
        Retraction(
            type: chance(2) ? "like" : "comment", actorID: actor(), target: chance(4) ? .any : .exactly(nil),
            users: users.filter { _ in chance(2) }, occurredAt: chance(2) ? someTimeAgo() : nil)
    }

    /// One of seven, or one of the readers.
    mutating func actor() -> String {
        guard chance(12) else { return "actor\(Int.random(in: 0..<7, using: &random))" }
        return (chance(2) ? users[0] : users[3]).rawValue
    }

    private mutating func someTimeAgo() -> Timestamp {
        test.clock.now + .milliseconds(-Int.random(in: 0...6000, using: &random))
    }

    private mutating func event() -> Event {
        var recipients = users.filter { _ in chance(3) }.map { Event.Recipient($0) }
        if recipients.isEmpty { recipients = [Event.Recipient(users[Int.random(in: 0..<users.count, using: &random)])] }
        for index in recipients.indices where chance(9) { recipients[index].suppression = .own }
        let isGrouped = !chance(4)
        return Event(
            type: chance(2) ? "like" : "comment", recipients: recipients,
            actor: chance(6) ? nil : Actor(id: actor()),
            expiresAt: chance(6) ? test.clock.now + .milliseconds(Int.random(in: -500...9000, using: &random)) : nil,
            occurredAt: chance(3) ? someTimeAgo() : nil,
            wantsReceipt: chance(3),
            groupKey: isGrouped ? "g\(Int.random(in: 0..<3, using: &random))" : nil,
            grouping: GroupingPolicy(
                window: .seconds(20), maximumAge: .seconds(60), maximumEvents: chance(2) ? 12 : .max))
    }

    private mutating func follow(_ mutation: Mutation, _ result: Result<MutationAnswer, StoreError>) throws {
        switch mutation {
        case .ingest(let ingest):
            guard case .ingest(let outcomes, let isReplay) = try result.get() else { throw UnexpectedAnswer() }
            let known = acts.answer(to: ingest)
            check(isReplay == (known != nil), "whether it is a replay")
            guard let known else {
                if let time = ingest.sendAt, time > test.clock.now {
                    followSchedule(ingest.event, at: time, outcomes)
                } else if ingest.event.topic != nil {
                    followTopic(ingest.event, outcomes)
                } else {
                    follow(ingest.event, outcomes)
                }
                acts.remember(ingest, outcomes, at: test.clock.now)
                return
            }
            replays += 1
            check(outcomes == known, "a replay answers as before: \(outcomes), not \(known)")
        case .inbox(let command):
            try follow(command, result)
        case .retract(let retraction):
            guard case .retracted(let rows) = try result.get() else { throw UnexpectedAnswer() }
            let expected = expected(retraction)
            check(rows == expected, "\(retraction): \(rows) instead of \(expected)")
        case .preferences(let user, let command):
            guard case .preferences = try result.get() else { throw UnexpectedAnswer() }
            acts.apply(command, of: user)
        case .topic(let command):
            let changed = later.apply(command, at: test.clock.now)
            check(try result.get() == .topic(changed: changed), "\(command): \(result), not \(changed)")
        case .schedule(let command): try follow(command, result)
        case .fanOut(let command): try follow(command, result)
        case .deliver(let user, let ids):
            for id in ids {
                guard let index = inboxes[user]?.rows.firstIndex(where: { $0.id == id && $0.standing != .deleted })
                else { continue }
                _ = inboxes[user]?.apply(.deliver, to: index, at: test.clock.now)
            }
        default: break
        }
    }

    /// Does in the model what a retraction does.
    mutating func expected(_ retraction: Retraction) -> [RetractedRow] {
        var expected: [RetractedRow] = []
        for user in retraction.users {
            acts.retract(retraction, for: user, at: test.clock.now)
            for id in later.takeBack(retraction, from: user) {
                expected.append(RetractedRow(user: user, id: id, seq: 0, isRemoved: true, isSchedule: true))
            }
            let rows = inboxes[user]?.retract(retraction.type, by: retraction.actorID, at: test.clock.now) ?? []
            for row in rows.compactMap({ inboxes[user]?.rows[$0] }) {
                expected.append(
                    RetractedRow(user: user, id: row.id, seq: row.seq, isRemoved: row.standing == .deleted))
            }
        }
        return expected
    }

    mutating func follow(_ event: Event, _ outcomes: [Outcome]) {
        check(outcomes.map(\.user) == event.recipients.map(\.user), "an outcome for each recipient, in order")
        for (recipient, outcome) in zip(event.recipients, outcomes) {
            let reason = acts.suppression(of: event, for: recipient, at: test.clock.now)
            if reason == .retracted { late += 1 }
            if reason == .preference { unwanted += 1 }
            guard reason == nil, let id = outcome.notificationID else {
                check(
                    outcome.kind == .suppressed && outcome.suppression == reason,
                    "\(outcome), suppressed for \(reason as Any)")
                continue
            }
            let target = inboxes[recipient.user]?.group(for: event, at: test.clock.now)
            if let target { check(inboxes[recipient.user]?.rows[target].id == id, "the row that the event joins") }
            let kind = inboxes[recipient.user]?.receive(event, id: id, at: test.clock.now)
            check(
                outcome.kind == kind && outcome.seq == inboxes[recipient.user]?.seq,
                "\(outcome) instead of \(kind as Any)")
        }
    }

    private mutating func follow(_ command: InboxCommand, _ result: Result<MutationAnswer, StoreError>) throws {
        guard var inbox = inboxes[command.user] else { return }
        switch command.kind {
        case .mark(let mark, let limit):
            let count = inbox.mark(mark, upTo: limit, at: test.clock.now)
            guard case .inbox(let after, let rows, let marked) = try result.get() else { throw UnexpectedAnswer() }
            check(
                marked == count && rows.isEmpty && after.seq == inbox.seq,
                "\(mark) \(limit as Any): \(marked), not \(count)")
        case .rows(let operation, let ids):
            try follow(operation, ids, until: nil, result, in: &inbox)
        case .snooze(let ids, let until):
            try follow(.snooze, ids, until: until, result, in: &inbox)
        }
        inboxes[command.user] = inbox
    }

    private mutating func follow(
        _ operation: RowOperation, _ ids: [NotificationID], until: Timestamp?,
        _ result: Result<MutationAnswer, StoreError>, in inbox: inout ModelInbox
    ) throws {
        let indexes = ids.compactMap { id in inbox.rows.firstIndex { $0.id == id && $0.standing != .deleted } }
        guard indexes.count == ids.count else {
            check(fails(result, .notFound), "a row that is not there")
            return
        }
        guard case .inbox(let after, let rows, let count) = try result.get() else { throw UnexpectedAnswer() }
        var changed: [Int] = []
        for index in indexes where !changed.contains(index) {
            if inbox.apply(operation, to: index, at: test.clock.now, until: until) { changed.append(index) }
        }
        check(count == changed.count && after.seq == inbox.seq, "\(operation): \(count), not \(changed.count)")
        check(
            zip(rows, changed).allSatisfy { inbox.isShown(by: $0, at: $1) } && rows.count == changed.count,
            "\(operation) answered with other rows")
    }

    func fails(_ result: Result<MutationAnswer, StoreError>, _ code: StoreError.Code) -> Bool {
        if case .failure(let error) = result { error.code == code } else { false }
    }
}

// MARK: - What happens by itself

extension PropertyRun {
    private mutating func settle() async throws {
        let now = test.clock.now
        let due = try await test.store.due(at: now, limit: 10_000)
        let later = inboxes.values.flatMap(\.rows).filter { $0.standing != .deleted }
            .flatMap { [$0.snoozedUntil, $0.expiresAt].compactMap(\.self) }
        check(due.next == later.filter { $0 > now }.min(), "the next that is due: \(due.next as Any)")
        for user in users {
            let ids = due.rows.filter { $0.user == user }.map(\.id)
            if !ids.isEmpty { _ = try await test.write(.settle(user, ids)) }
            inboxes[user]?.settle(at: now)
        }
        for user in users { try await compareCounts(of: user) }
    }

    private mutating func retain() async throws {
        let now = test.clock.now
        let user = users[Int.random(in: 0..<users.count, using: &random)]
        let policy = RetentionPolicy(
            maximumAge: chance(2) ? .seconds(Int.random(in: 60...200, using: &random)) : nil,
            maximumRows: chance(2) ? Int.random(in: 10...40, using: &random) : nil, tombstoneAge: .seconds(5))
        let step = try await test.store.retention(of: user, policy, at: now, limit: 10_000)
        if !step.isEmpty { _ = try await test.write(.retain(user, step)) }
        inboxes[user]?.retain(policy, at: now)
        let left = try await test.store.retention(of: user, policy, at: now, limit: 10)
        check(left.isEmpty, "retention leaves nothing to do")
        check(try await test.store.inbox(of: user).floor == inboxes[user]?.floor, "the floor")
        try await compareCounts(of: user)
    }
}

// MARK: - Comparison

extension PropertyRun {
    mutating func compareCounts(of user: UserID) async throws {
        guard let model = inboxes[user] else { return }
        let (stored, counted) = try await test.store.recount(of: user)
        check(
            stored.seq == model.seq && stored.unreadCount == model.unread && stored.unseenCount == model.unseen,
            "\(stored) instead of \(model.seq), \(model.unread), \(model.unseen)")
        check(counted == UnreadCounts(unread: model.unread, unseen: model.unseen), "recounted \(counted)")
    }

    mutating func compareAll() async throws {
        try await compareLater()
        for user in users {
            guard let model = inboxes[user] else { continue }
            try await compareCounts(of: user)
            let status = PageQuery.Status.allCases[Int.random(in: 0..<PageQuery.Status.allCases.count, using: &random)]
            let type: String? = chance(3) ? "like" : nil
            let expected = model.list(status, type: type)
            let offset = Int.random(in: 0...min(20, expected.count), using: &random)
            let limit = Int.random(in: 1...50, using: &random)
            let query = PageQuery(user: user, limit: limit, offset: offset, status: status, type: type)
            let page = try await test.store.page(query)
            let wanted = expected.dropFirst(offset).prefix(limit)
            check(
                page.rows.count == wanted.count
                    && zip(page.rows, wanted).allSatisfy { $0.shows($1, knowsReadTime: model.knowsReadTime(of: $1)) }
                    && page.hasMore == (expected.count > offset + limit), "\(query)")
            check(
                try await test.store.counts(of: user, type: type).types == model.counts(of: type),
                "counts of \(type ?? "all")")
            let seq = Seq.random(in: 0...model.seq, using: &random)
            let changes = try await test.store.changes(of: user, after: seq, limit: limit)
            let seqs = model.changes(after: seq)
            check(
                changes.changes.map(\.seq) == Array(seqs.prefix(limit)) && changes.hasMore == (seqs.count > limit),
                "changes after \(seq)")
            if let row = model.rows.randomElement(using: &random), row.standing != .deleted {
                let shown = try await test.store.notification(row.id, of: user).0
                check(shown.shows(row, knowsReadTime: model.knowsReadTime(of: row)), "\(row), not \(shown)")
                let offset = Int.random(in: 0...row.actors.count, using: &random)
                let actors = try await test.store.actors(of: row.id, user: user, offset: offset, limit: 3)
                check(
                    actors.actors.map(\.id) == Array(row.actors.dropFirst(offset).prefix(3))
                        && actors.count == row.actors.count && actors.hasMore == (row.actors.count > offset + 3),
                    "\(actors), not \(row.actors) from \(offset)")
            }
        }
    }

    private mutating func syncClient() async throws {
        let user = users[Int.random(in: 0..<users.count, using: &random)]
        let index = Int.random(in: 0...1, using: &random)
        let limit = Int.random(in: 1...12, using: &random)
        guard let model = inboxes[user], var client = clients[user]?[index] else { return }
        try await client.sync(with: test.store, user: user, limit: limit)
        clients[user]?[index] = client
        let kept = model.rows.filter { $0.standing != .deleted }
        check(
            client.seq == model.seq && client.rows.count == kept.count
                && kept.allSatisfy { client.rows[$0.id]?.shows($0, knowsReadTime: false) == true },
            "a client that was away converged to something else")
    }

    /// Every change of every user was published once, in order.
    mutating func checkPublications() {
        let publications = test.sink.publications
        test.sink.clear()
        for user in users {
            var head = heads[user] ?? 0
            for publication in publications where publication.user == user {
                // What an actor hears has no place in the order.
                if case .receipt = publication.content { continue }
                check(publication.from == head && publication.seq > head, "\(publication) after \(head)")
                head = publication.seq
            }
            check(head == inboxes[user]?.seq, "published up to \(head)")
            heads[user] = head
        }
    }
}

extension Mutation {
    /// Those whose inboxes it may change.
    fileprivate var users: [UserID] {
        switch self {
        case .ingest(let ingest): ingest.event.recipients.map(\.user)
        case .inbox(let command): [command.user]
        case .retract(let retraction): retraction.users
        case .deliver(let user, _), .settle(let user, _), .retain(let user, _): [user]
        default: []
        }
    }
}
