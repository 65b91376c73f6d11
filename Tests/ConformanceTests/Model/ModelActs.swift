import PealCore
import PealSQL

/// What the store must remember of acts and requests, besides inboxes: answers to idempotency keys, and what was taken back.
struct ModelActs {
    private struct Answer {
        let ingest: Ingest
        let outcomes: [Outcome]
        let time: Timestamp
    }

    private struct Retracted: Hashable {
        let user: UserID
        let type: String
        let actor: String
    }

    private var answers: [IdempotencyKey: Answer] = [:]
    private var retractions: [Retracted: (time: Timestamp, rememberedAt: Timestamp)] = [:]
    private var keys = 0
    /// Keys in the order in which they were used.
    private var order: [IdempotencyKey] = []
    /// Until when, by the bytes of the actor's id.
    private var muted: [UserID: [[UInt8]: Timestamp?]] = [:]
    private var switchedOff: [UserID: Set<String>] = [:]

    mutating func newKey() -> IdempotencyKey {
        keys += 1
        return IdempotencyKey(source: "http", caller: "app", key: "key-\(keys)", fingerprint: UInt64(keys))
    }

    // MARK: - Requests

    /// One of the requests that a caller may repeat: those of the last hour.
    mutating func answered(at now: Timestamp, _ random: inout some RandomNumberGenerator) -> Ingest? {
        let old = order.prefix { key in answers[key].map { now - $0.time >= .seconds(3600) } ?? true }
        for key in old { answers[key] = nil }
        order.removeFirst(old.count)
        return order.randomElement(using: &random).flatMap { answers[$0]?.ingest }
    }

    func answer(to ingest: Ingest) -> [Outcome]? { ingest.idempotency.flatMap { answers[$0]?.outcomes } }

    mutating func remember(_ ingest: Ingest, _ outcomes: [Outcome], at now: Timestamp) {
        guard let key = ingest.idempotency else { return }
        order.append(key)
        answers[key] = Answer(ingest: ingest, outcomes: outcomes, time: now)
    }

    // MARK: - Acts

    mutating func retract(_ retraction: Retraction, for user: UserID, at now: Timestamp) {
        // An event without a target is matched by a retraction that says so, not by one for whatever target.
        guard retraction.target == .exactly(nil) else { return }
        retractions[Retracted(user: user, type: retraction.type, actor: retraction.actorID)] =
            (retraction.occurredAt ?? now, now)
    }

    /// Why a recipient gets nothing: the first reason of those in DESIGN §3 and RULES 12.
    func suppression(of event: Event, for recipient: Event.Recipient, at now: Timestamp) -> Suppression? {
        if let decided = recipient.suppression { return decided }
        if let actor = event.actor, Array(actor.id.utf8) == Array(recipient.user.rawValue.utf8) { return .own }
        if let end = event.expiresAt, end <= now { return .expired }
        if isRetracted(event, for: recipient.user, at: now) { return .retracted }
        return isUnwanted(event, by: recipient.user, at: now) ? .preference : nil
    }

    func isRetracted(_ event: Event, for user: UserID, at now: Timestamp) -> Bool {
        guard let actor = event.actor, let time = event.occurredAt,
            let known = retractions[Retracted(user: user, type: event.type, actor: actor.id)],
            now - known.rememberedAt <= Retraction.memory
        else { return false }
        return time <= known.time
    }

    // MARK: - Preferences

    mutating func apply(_ command: PreferenceCommand, of user: UserID) {
        switch command {
        case .mute(.actor(let id), let until): muted[user, default: [:]][Array(id.utf8)] = .some(until)
        case .unmute(.actor(let id)): muted[user]?[Array(id.utf8)] = nil
        case .set(.inApp, let setting, type: let type?):
            if setting == .off {
                switchedOff[user, default: []].insert(type)
            } else {
                switchedOff[user]?.remove(type)
            }
        default: break
        }
    }

    private func isUnwanted(_ event: Event, by user: UserID, at now: Timestamp) -> Bool {
        if switchedOff[user]?.contains(event.type) == true { return true }
        guard let actor = event.actor, let until = muted[user]?[Array(actor.id.utf8)] else { return false }
        return until.map { now < $0 } ?? true
    }
}
