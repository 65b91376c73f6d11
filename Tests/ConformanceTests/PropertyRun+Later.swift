import PealCore
import PealSQL
import Testing

// MARK: - Preferences

extension PropertyRun {
    mutating func preference(of user: UserID) -> Mutation {
        let actor = actor()
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            let until = chance(2) ? test.clock.now + .milliseconds(Int.random(in: 1...9000, using: &random)) : nil
            return .preferences(user, .mute(.actor(actor), until: until))
        case 1: return .preferences(user, .unmute(.actor(actor)))
        default:
            return .preferences(user, .set(.inApp, chance(3) ? .off : .on, type: chance(2) ? "like" : "comment"))
        }
    }
}

// MARK: - Schedules

extension PropertyRun {
    mutating func sendAt() -> Timestamp {
        test.clock.now + .milliseconds(Int.random(in: -100...6000, using: &random))
    }

    mutating func followSchedule(_ event: Event, at time: Timestamp, _ outcomes: [Outcome]) {
        if let topic = event.topic {
            guard let id = outcomes.first?.scheduleID else { return check(false, "\(outcomes) for a topic") }
            check(outcomes == [Outcome(topic: topic, scheduleID: id, sendAt: time)], "\(outcomes) for a topic")
            later.waiting.append(ModelLater.Waiting(id: id, sendAt: time, event: event))
            return
        }
        let id = outcomes.lazy.compactMap(\.scheduleID).first
        var kept = event
        kept.recipients = []
        var expected: [Outcome] = []
        for recipient in event.recipients {
            if acts.isRetracted(event, for: recipient.user, at: test.clock.now) {
                expected.append(Outcome(user: recipient.user, kind: .suppressed, suppression: .retracted))
                continue
            }
            kept.recipients.append(Event.Recipient(recipient.user))
            expected.append(Outcome(user: recipient.user, kind: .scheduled, scheduleID: id, sendAt: time))
        }
        check(outcomes == expected, "\(outcomes), not \(expected)")
        guard let id, !kept.recipients.isEmpty else { return }
        later.waiting.append(ModelLater.Waiting(id: id, sendAt: time, event: kept))
    }

    mutating func follow(_ command: ScheduleCommand, _ result: Result<MutationAnswer, StoreError>) throws {
        guard case .cancel(let id) = command else { return }
        guard let index = later.waiting.firstIndex(where: { $0.id == id }) else {
            return check(fails(result, .notFound), "a schedule that is gone")
        }
        let waiting = later.waiting.remove(at: index)
        guard case .cancelled(let schedule) = try result.get() else { throw UnexpectedAnswer() }
        check(schedule.event == waiting.event && schedule.sendAt == waiting.sendAt, "\(schedule), not \(waiting)")
    }

    /// Sends all that is due, as the worker would.
    mutating func sendDue() async throws {
        let now = test.clock.now
        let due = try await test.store.dueSchedules(at: now, after: nil, limit: 10_000)
        let expected = later.due(at: now)
        check(due.positions.map(\.id) == expected.map(\.id), "\(due.positions) are due, not \(expected)")
        check(due.next == later.waiting.map(\.sendAt).filter { $0 > now }.min(), "the next: \(due.next as Any)")
        for waiting in expected {
            guard case .ingest(let outcomes, false) = try await test.write(.schedule(.send(waiting.id))) else {
                throw UnexpectedAnswer()
            }
            later.waiting.removeAll { $0.id == waiting.id }
            sent += 1
            if waiting.event.topic == nil {
                follow(waiting.event, outcomes)
            } else {
                followTopic(waiting.event, outcomes)
            }
        }
    }
}

// MARK: - Topics

extension PropertyRun {
    static let topics = ["news", "caf\u{E9}"].map(TopicName.init(trusted:))

    mutating func topic() -> TopicName { Self.topics[Int.random(in: 0..<Self.topics.count, using: &random)] }

    mutating func membership() -> Mutation {
        let some = users.filter { _ in chance(2) }
        if chance(9) { return .topic(.empty(topic(), limit: Int.random(in: 1...3, using: &random))) }
        return .topic(chance(3) ? .remove(topic(), some) : .add(topic(), some))
    }

    mutating func takeBackFromTopic() -> Mutation {
        var retraction = retraction()
        retraction.users = []
        retraction.target = .exactly(nil)
        return .fanOut(.retract(retraction, topic: topic()))
    }

    mutating func followTopic(_ event: Event, _ outcomes: [Outcome]) {
        guard let topic = event.topic, let id = outcomes.first?.fanOutID else {
            return check(false, "\(outcomes) for a topic")
        }
        check(outcomes == [Outcome(topic: topic, fanOutID: id)], "\(outcomes) for a topic")
        var event = event
        event.occurredAt = event.occurredAt ?? test.clock.now
        later.spreading.append(
            ModelLater.Spreading(id: id, topic: topic, kind: .notify, event: event, createdAt: test.clock.now))
    }

    mutating func follow(_ command: FanOutCommand, _ result: Result<MutationAnswer, StoreError>) throws {
        guard case .fanOut(let fanOut, _) = try result.get() else { throw UnexpectedAnswer() }
        switch command {
        case .retract(let retraction, let topic):
            later.takeBack(retraction, from: topic)
            check(fanOut.kind == .retract && fanOut.state == .running && fanOut.topic == topic, "\(fanOut)")
            let event = Event(
                type: retraction.type, recipients: [], actor: Actor(id: retraction.actorID),
                occurredAt: retraction.occurredAt ?? test.clock.now)
            later.spreading.append(
                ModelLater.Spreading(
                    id: fanOut.id, topic: topic, kind: .retract, event: event, createdAt: test.clock.now))
        case .cancel(let id):
            check(fanOut.state == .cancelled, "\(fanOut)")
            later.spreading.removeAll { $0.id == id }
        case .step, .forget: break
        }
    }

    /// One step of what is on its way; these few members are all told in it.
    mutating func spread() async throws {
        let running = try await test.store.runningFanOuts(limit: 100)
        let known = later.spreading
        check(running == known.map(\.id).sorted(), "\(running) are under way, not \(known)")
        // Those that are over are of no more use.
        if chance(20) { try await test.write(.fanOut(.forget(before: test.clock.now, limit: 1000))) }
        guard let next = later.spreading.randomElement(using: &random) else { return }
        later.spreading.removeAll { $0.id == next.id }
        let members = later.members(of: next.topic, addedBy: next.createdAt)
        guard case .fanOut(let fanOut, let outcomes) = try await test.write(.fanOut(.step(next.id))) else {
            throw UnexpectedAnswer()
        }
        check(fanOut.state == .finished && fanOut.tally.members == members.count, "\(fanOut) to \(members)")
        spreads += 1
        switch next.kind {
        case .notify:
            var event = next.event
            event.topic = nil
            event.recipients = members.map { Event.Recipient($0) }
            follow(event, outcomes)
        case .retract:
            let retraction = Retraction(
                type: next.event.type, actorID: next.event.actor?.id ?? "", target: .exactly(nil), users: members,
                occurredAt: next.event.occurredAt)
            let rows = expected(retraction).count { !$0.isSchedule }
            check(fanOut.tally.retracted == rows, "\(fanOut.tally.retracted) taken back, not \(rows)")
        }
        for user in members { try await compareCounts(of: user) }
    }

    mutating func compareLater() async throws {
        check(try await test.store.scheduleCount() == later.waiting.count, "how many wait")
        let user = users[Int.random(in: 0..<users.count, using: &random)]
        let topics = try await test.store.topics(of: user, after: nil, limit: 9)
        check(topics == later.topics(of: user), "\(user) belongs to \(topics)")
        let waiting = try await test.store.schedules(ScheduleQuery(user: user, limit: 1000)).schedules
        let named = later.waiting.filter { $0.event.recipients.map(\.user).contains(user) }
            .sorted { ($0.sendAt, $0.id) < ($1.sendAt, $1.id) }
        check(waiting.map(\.event) == named.map(\.event), "what waits for \(user): \(waiting), not \(named)")
    }
}
